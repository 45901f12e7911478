/** A UUIDv7: one key for one write, however often it is sent. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const hex = (part: Uint8Array): string => Array.from(part, (byte) => byte.toString(16).padStart(2, "0")).join("")
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const time = Date.now().toString(16).padStart(12, "0")
  const rest = hex(bytes)
  return `${time.slice(0, 8)}-${time.slice(8)}-${rest.slice(12, 16)}-${rest.slice(16, 20)}-${rest.slice(20)}`
}
