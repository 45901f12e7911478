/**
 * Whether a document has room for what sockets sent. Deletions, and what is here already, are taken by a document that is full, too: unless
 * they take apart so much of what stands that it grows by that. Keeps SPEC rule DOC-24.
 */
import type * as Y from "yjs"
import { MAX_STRUCTS, sizeObstacle, structsOf } from "../../shared/app/document-size.ts"
import { countNewStructs, mostNewStructs, newClients, type CheckedUpdate } from "./update-check.ts"

/** Why `updates` are not to be applied together; null when they may be. `stored`: bytes that the document has. */
export const roomObstacle = (doc: Y.Doc, stored: number, updates: readonly CheckedUpdate[]): string | null => {
  const growing = updates.filter((checked) => newClients(checked, doc).length > 0)
  const added = sum(growing, ({ update }) => update.length)
  const before = structsOf(doc)
  const most = before + sum(updates, (checked) => mostNewStructs(checked, doc))
  const structs = most <= MAX_STRUCTS ? most : before + sum(updates, (checked) => countNewStructs(checked, doc))
  if (growing.length > 0) return sizeObstacle({ bytes: stored + added, structs })
  return structs === before ? null : sizeObstacle({ bytes: 0, structs }, true)
}

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0)
