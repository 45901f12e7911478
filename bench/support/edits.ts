/** Edits for the sync benchmark: the keystrokes of somebody who wrote a paper, where the recording is at hand; else made-up typing. */
import { existsSync, readFileSync } from "node:fs"
import { resolve } from "node:path"
import { gunzipSync } from "node:zlib"
import * as v from "valibot"
import * as Y from "yjs"
import { TOP } from "./report.ts"
import { seededRandom } from "./statistics.ts"

/** From josephg/editing-traces, CC BY 4.0; not part of this project. */
const RECORDING = resolve(TOP, "../shared/data/traces/automerge-paper.json.gz")

/** `[position, characters to delete, text to insert]` */
export type Edit = readonly [position: number, deleted: number, inserted: string]

const EditSchema = v.strictTuple([v.number(), v.number(), v.string()])
const RecordingSchema = v.object({ txns: v.array(v.object({ patches: v.array(EditSchema) })) })

/** Typing with a change of place now and then, and a tenth of deletions. */
const madeUp = (count: number): readonly Edit[] => {
  const random = seededRandom(1)
  let [length, place] = [0, 0]
  return Array.from({ length: count }, (): Edit => {
    if (random() < 0.02) place = Math.floor(random() * length)
    if (place > 0 && random() < 0.1) {
      length--
      return [--place, 1, ""]
    }
    length++
    return [place++, 0, "abcdefghij klmnop"[Math.floor(random() * 17)] ?? "x"]
  })
}

/** `count` single edits, the same each time; `recorded` tells which kind. */
export const readEdits = (count: number): { readonly edits: readonly Edit[]; readonly recorded: boolean } => {
  if (!existsSync(RECORDING)) return { edits: madeUp(count), recorded: false }
  const { txns } = v.parse(RecordingSchema, JSON.parse(gunzipSync(readFileSync(RECORDING)).toString()))
  const edits = txns.flatMap(({ patches }) => patches)
  if (edits.length < count) throw new RangeError(`the recording has ${edits.length} edits, ${count} were asked for`)
  return { edits: edits.slice(0, count), recorded: true }
}

/** The text that edits are about. */
export const textOf = (doc: Y.Doc): Y.Text => doc.getText("paper")

/** Makes one edit: one transaction, and so one update. */
export const makeEdit = (doc: Y.Doc, [position, deleted, inserted]: Edit): void =>
  doc.transact(() => {
    const text = textOf(doc)
    if (deleted > 0) text.delete(position, deleted)
    if (inserted !== "") text.insert(position, inserted)
  })

/** A state of about `bytes`: records of a calendar, as flat entries of some hundred bytes. */
export const calendarOf = (bytes: number): Uint8Array => {
  const doc = new Y.Doc()
  const random = seededRandom(2)
  const entries = doc.getMap("events")
  const value = (): object => ({
    value: Array.from({ length: 12 }, () => Math.floor(random() * 2 ** 31).toString(36)).join(" "),
    supersedes: [],
    by: "user/anna",
    at: 1_760_000_000_000 + Math.floor(random() * 1e9)
  })
  doc.transact(() => {
    for (let size = 0; size < bytes; size += 169)
      entries.set(
        `${Math.floor(random() * 2 ** 48).toString(36)}/title/${Math.floor(random() * 2 ** 48).toString(36)}`,
        value()
      )
  })
  return Y.encodeStateAsUpdate(doc)
}
