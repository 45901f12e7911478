/** Subresource Integrity, 3.3.4: whether bytes fit what a page says that they must be. */

const METADATA = /^sha(256|384|512)-([A-Za-z0-9+/_-]+)={0,2}(?:\?|$)/

/** True when the strongest kind of hash that is named has one that fits; what names none asks for nothing. */
export const fitsIntegrity = async (bytes: Uint8Array<ArrayBuffer>, metadata: string): Promise<boolean> => {
  const named = metadata.split(/[\t\n\f\r ]+/).flatMap((item) => {
    const [, size, hash] = METADATA.exec(item) ?? []
    return size === undefined || hash === undefined
      ? []
      : [{ size, hash: hash.replaceAll("-", "+").replaceAll("_", "/") }]
  })
  const strongest = named
    .map(({ size }) => size)
    .toSorted()
    .at(-1)
  if (strongest === undefined) return true
  const digest = new Uint8Array(await crypto.subtle.digest(`SHA-${strongest}`, bytes))
  const is = btoa(String.fromCharCode(...digest)).replace(/=+$/, "")
  return named.some(({ size, hash }) => size === strongest && hash === is)
}
