/**
 * What lies aside as one JSON text for its author: each request with body, answer and time, what it wrote into the document, and
 * everything as the bytes that they are. Keeps SPEC rule CLI-34.
 */
import { toBase64 } from "lib0/buffer"
import * as Y from "yjs"
import { readableEntries, type AsideRow } from "./aside-store.ts"
import type { JournalEntry } from "./journal-entry.ts"

const FORMAT = 1

/** The export of a row; `owner` says whose it is. */
export const exportAside = (row: AsideRow, owner: object): string => {
  const { document, reason, at, state, journal, outcomes } = row
  const doc = new Y.Doc()
  Y.applyUpdate(doc, state)
  const entries = readableEntries(row)
  const exported = {
    format: FORMAT,
    ...owner,
    document,
    reason,
    movedAside: timeOf(at),
    changes: entries.map((entry) => ({
      ...changeOf(entry, doc),
      askedAgain: outcomes.find(({ seq }) => seq === entry.seq) ?? null
    })),
    unreadable: journal.length - entries.length,
    state: toBase64(state)
  }
  doc.destroy()
  return JSON.stringify(exported, null, 2)
}

const changeOf = ({ seq, method, url, request, answer, update }: JournalEntry, doc: Y.Doc) => ({
  seq,
  at: timeOf(answer.at),
  method,
  url,
  request: request === null ? null : { key: request.key, headers: request.headers, body: readable(request.body) },
  answer: { status: answer.status, headers: answer.headers, body: readable(answer.body) },
  wrote: wroteOf(update, doc),
  update: toBase64(update)
})

/** Map entries that an update wrote, such as the flat entries of records: where, under which key, what. */
const wroteOf = (update: Uint8Array, doc: Y.Doc): readonly object[] =>
  Y.decodeUpdate(update).structs.flatMap((struct) => {
    if (!(struct instanceof Y.Item)) return []
    // What waits for a change that cannot be read is in no map yet, and says itself where it belongs.
    const isHere = struct.id.clock < Y.getState(doc.store, struct.id.client)
    const item = isHere ? Y.getItem(doc.store, struct.id) : struct
    // What was superseded since has no content here any more; its bytes are in the update.
    if (!(item instanceof Y.Item) || item.parentSub === null || item.deleted) return []
    const [value] = item.content.getContent() as readonly unknown[]
    return [{ map: rootName(item), key: item.parentSub, value }]
  })

const rootName = ({ parent }: Y.Item): string | null =>
  typeof parent === "string"
    ? parent
    : parent instanceof Y.AbstractType && parent._item === null
      ? Y.findRootTypeKey(parent)
      : null

const timeOf = (ms: number): string => new Date(ms).toISOString()

/** Text where it is text, else base64. */
const readable = (bytes: Uint8Array | null): { readonly text: string } | { readonly base64: string } | null => {
  if (bytes === null) return null
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) }
  } catch {
    return { base64: toBase64(bytes) } // not UTF-8
  }
}
