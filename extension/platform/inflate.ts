/** Raw DEFLATE by the browser's own decoder, bounded in what comes out. */
import type { Parsed } from "../../shared/protocol/parse.ts"

/** The bytes that were deflated, at most `limit` of them. */
export const inflate = async (
  bytes: Uint8Array<ArrayBuffer>,
  limit: number
): Promise<Parsed<Uint8Array<ArrayBuffer>>> => {
  const chunks: BlobPart[] = []
  let size = 0
  try {
    const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))
    for await (const chunk of inflated as unknown as AsyncIterable<Uint8Array<ArrayBuffer>>) {
      size += chunk.length
      if (size > limit) return { ok: false, error: `it inflates to more than ${limit} bytes` }
      chunks.push(chunk)
    }
  } catch (cause) {
    return { ok: false, error: `it is not DEFLATE (${String(cause)})` }
  }
  return { ok: true, value: new Uint8Array(await new Blob(chunks).arrayBuffer()) }
}
