/**
 * A person's documents of one service as one JSON text: readable where the data is maps, lists and text, and everything as the bytes that
 * they are. Changes that are not on the server yet are in it. Keeps SPEC rule CON-23.
 */
import { toBase64 } from "lib0/buffer"
import * as Y from "yjs"

/** A document as it is here. */
export interface ExportedDocument {
  readonly id: string
  readonly role: string
  readonly schema: number
  readonly unsent: number
  readonly doc: Y.Doc
}

const FORMAT = 1

/** @param owner whose they are @param at now, ms */
export const exportDocuments = (owner: object, documents: readonly ExportedDocument[], at: number): string =>
  JSON.stringify(
    {
      format: FORMAT,
      ...owner,
      at: new Date(at).toISOString(),
      documents: documents.map(({ doc, ...document }) => {
        const state = Y.encodeStateAsUpdate(doc)
        return { ...document, content: contentOf(state), state: toBase64(state) }
      })
    },
    null,
    2
  )

/** Of a copy: asking a root for its content makes it of a type for good. */
const contentOf = (state: Uint8Array): Record<string, unknown> => {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, state)
  const content = Object.fromEntries([...copy.share].map(([name, root]) => [name, rootContent(copy, name, root)]))
  copy.destroy()
  return content
}

const rootContent = (doc: Y.Doc, name: string, root: Pick<Y.AbstractType<unknown>, "_map" | "_start">): unknown => {
  if (root._map.size > 0) return doc.getMap(name).toJSON()
  const first = root._start?.content
  const isText = first instanceof Y.ContentString || first instanceof Y.ContentFormat
  return isText ? doc.getText(name).toJSON() : doc.getArray(name).toJSON()
}
