/**
 * How large a document may become. An object has 128 MB for code, replica and whatever is being encoded: measured on V8, a replica takes
 * about 1.5 bytes for each encoded one and 450 more for each struct (a map entry; characters typed in a row are one struct). At both
 * limits that is 103 MB at the most, of which the runtime's compressed pointers need about two thirds. Keeps SPEC rule DOC-24.
 */
import type * as Y from "yjs"

/** Stored bytes, log and snapshot; also what one message can bring to a replica that has nothing. */
export const MAX_DOCUMENT_BYTES = 24_000_000
/** Yjs structs in the replica. */
export const MAX_STRUCTS = 150_000

/** Why a document takes nothing new, as a sentence for whoever wrote; null while it does. */
export const sizeObstacle = (doc: Y.Doc, bytes: number): string | null => {
  if (bytes > MAX_DOCUMENT_BYTES)
    return `the document is full: it would have ${bytes} bytes, at most ${MAX_DOCUMENT_BYTES} are kept`
  const structs = structsOf(doc)
  return structs > MAX_STRUCTS
    ? `the document is full: it has ${structs} structs, at most ${MAX_STRUCTS} are kept`
    : null
}

const structsOf = (doc: Y.Doc): number => {
  let count = 0
  for (const structs of doc.store.clients.values()) count += structs.length
  return count
}
