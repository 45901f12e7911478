/** Documents that do not see each other, and requests on them, for the tests of data that merges. */
import * as yjs from "yjs"
import { idsFor } from "../../shared/app/new-id.ts"
import type { Writer } from "../../shared/app/record-entry.ts"

let requests = 0

/** Somebody's request at a time; `key` repeats an earlier one. */
export const writer = (id: string, at: number, key = `key${(requests++).toString(16).padStart(21, "0")}`): Writer => ({
  user: { id },
  now: new Date(at),
  newId: idsFor(key)
})

/** A document that knows all that this one knows, and nothing that comes later. */
export const copyOf = (doc: yjs.Doc): yjs.Doc => mergeInto(new yjs.Doc(), doc)

/** Brings what the others know into a document. */
export function mergeInto(doc: yjs.Doc, ...others: readonly yjs.Doc[]): yjs.Doc {
  for (const other of others) yjs.applyUpdate(doc, yjs.encodeStateAsUpdate(other, yjs.encodeStateVector(doc)))
  return doc
}

/** Brings documents to one state; the state is the same whichever begins. */
export function mergeAll(...docs: readonly yjs.Doc[]): void {
  const all = mergeInto(new yjs.Doc(), ...docs)
  for (const doc of docs) mergeInto(doc, all)
}
