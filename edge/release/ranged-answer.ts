/**
 * The rest of a file from a byte on, for a download that was cut (RFC 9110, 14.2): only `bytes=<from>-`, which is all that a client asks.
 * Keeps SPEC rule REL-11.
 */
const FROM = /^bytes=(\d{1,15})-$/

/** What a Range header asks for; null for the whole. */
export const rangeStart = (header: string | null): number | null => {
  const from = FROM.exec(header ?? "")?.[1]
  return from === undefined ? null : Number(from)
}

/** The answer from byte `from` on, or that there is nothing from there on. A file has at most 20 MB. */
export const rangedAnswer = async (whole: Response, from: number): Promise<Response> => {
  if (!whole.ok || whole.body === null) return whole
  const bytes = await whole.arrayBuffer()
  const headers = new Headers(whole.headers)
  if (from >= bytes.byteLength) {
    headers.set("Content-Range", `bytes */${bytes.byteLength}`)
    return new Response(null, { status: 416, headers })
  }
  headers.set("Content-Range", `bytes ${from}-${bytes.byteLength - 1}/${bytes.byteLength}`)
  return new Response(bytes.slice(from), { status: 206, headers })
}
