/**
 * How large a document may become, judged alike on both sides. An object has 128 MB for code, replica and whatever is being encoded: measured
 * on V8, a replica takes about 1.5 bytes for each encoded one and 450 more for each struct (a map entry; characters typed in a row are one
 * struct). At both limits that is 103 MB at the most, of which the runtime's compressed pointers need about two thirds. Keeps SPEC rule DOC-24.
 */
import type * as Y from "yjs"

/** Stored bytes, log and snapshot; also what one message can bring to a replica that has nothing. */
export const MAX_DOCUMENT_BYTES = 24_000_000
/** Yjs structs in the replica. */
export const MAX_STRUCTS = 150_000

/** What is kept free for what makes room: deletions, and the markers of requests that only delete. */
export const RESERVE = { bytes: 1_000_000, structs: 10_000 } as const

/** A document's size. */
export interface DocumentSize {
  readonly bytes: number
  readonly structs: number
}

/** Why a document of this size is not to come about, as a sentence for whoever wrote; null when it may. `isSaving`: it may use the reserve. */
export const sizeObstacle = ({ bytes, structs }: DocumentSize, isSaving = false): string | null => {
  const spare = isSaving ? RESERVE : { bytes: 0, structs: 0 }
  if (bytes > MAX_DOCUMENT_BYTES + spare.bytes)
    return `the document is full: it would have ${bytes} bytes, at most ${MAX_DOCUMENT_BYTES} are kept`
  return structs > MAX_STRUCTS + spare.structs
    ? `the document is full: it would have ${structs} structs, at most ${MAX_STRUCTS} are kept`
    : null
}

/** Structs that a replica holds. */
export const structsOf = (doc: Y.Doc): number => {
  let count = 0
  for (const structs of doc.store.clients.values()) count += structs.length
  return count
}
