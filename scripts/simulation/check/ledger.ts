/**
 * What was asked for and what came of it: every write has a token of its own. A write is answered (below 400), refused (400 and
 * more, at its only attempt), or unknown. Keeps the checker's rule: lost is answered and absent, doubled is present twice, half
 * is present in part, stray is refused but there; recovered is never answered but present.
 */
import type * as Y from "yjs"
import { readEntry, type Entry } from "../../../shared/app/record-entry.ts"
import type { Edit, WriteBody } from "../notes/notes-app.ts"

/** One request that writes, as whoever asked for it knows it. */
export interface Write {
  readonly body: WriteBody
  readonly document: string
  state: "unknown" | "answered" | "refused"
  attempts: number
}

export interface Counts {
  answered: number
  refused: number
  unknown: number
  lost: number
  doubled: number
  half: number
  stray: number
  recovered: number
}

export const noCounts = (): Counts => ({
  answered: 0,
  refused: 0,
  unknown: 0,
  lost: 0,
  doubled: 0,
  half: 0,
  stray: 0,
  recovered: 0
})

export class Ledger {
  readonly #writes: Write[] = []

  invoked(document: string, body: WriteBody): Write {
    const write: Write = { body, document, state: "unknown", attempts: 0 }
    this.#writes.push(write)
    return write
  }

  /** Holds one copy of a document against what was asked for; says what is wrong with it. */
  judge(document: string, doc: Y.Doc): { readonly counts: Counts; readonly problems: readonly string[] } {
    const counts = noCounts()
    const problems: string[] = []
    const traces = tracesOf(doc)
    for (const write of this.#writes) {
      if (write.document !== document) continue
      const { edits, end } = write.body
      counts[write.state] += edits.length
      const found = edits.map((edit) => verdictOf(write, edit, traces))
      // One unit: all of its edits have the same fate.
      const fates = new Set(edits.map(({ token }) => traces.log.has(token)))
      if (fates.size > 1) problems.push(`half: some edits of ${write.state} ${JSON.stringify(write.body)}`)
      for (const [index, verdict] of found.entries()) {
        if (verdict === null) continue
        counts[verdict]++
        if (verdict !== "recovered") problems.push(`${verdict}: ${write.state} ${JSON.stringify(edits[index])}, ${end}`)
      }
    }
    const clicks = [...doc.getMap("counter:clicks").values()].reduce<number>((sum, delta) => sum + Number(delta), 0)
    if (clicks !== traces.delta) problems.push(`half: the counter is ${clicks}, its writes add up to ${traces.delta}`)
    return { counts, problems }
  }
}

/** What a document holds of each token: log entries by their record, and changes by their write id. */
interface Traces {
  readonly log: ReadonlyMap<unknown, number>
  readonly changes: ReadonlyMap<unknown, number>
  /** Of the counter's writes in the log. */
  readonly delta: number
}

const tracesOf = (doc: Y.Doc): Traces => {
  const log = new Map<unknown, number>()
  const changes = new Map<unknown, number>()
  let delta = 0
  const logged = entriesOf(doc, "records:log")
  const kinds = new Map(logged.filter(({ field }) => field === "kind").map(({ record, value }) => [record, value]))
  for (const { record, field, value } of logged) {
    if (field === "token") log.set(value, (log.get(value) ?? 0) + 1)
    if (field === "delta" && kinds.get(record) === "count") delta += Number(value)
  }
  const changed = (token: unknown): void => void changes.set(token, (changes.get(token) ?? 0) + 1)
  for (const name of ["records:notes", "records:list:steps"])
    for (const { field, value } of entriesOf(doc, name)) if (field === "text" || field === "why") changed(value)
  for (const [, token] of doc
    .getText("text:page")
    .toJSON()
    .matchAll(/\[(t\d+)\]/g))
    changed(token)
  return { log, changes, delta }
}

const entriesOf = (doc: Y.Doc, name: string): readonly Entry[] =>
  [...doc.getMap(name)].flatMap(([key, stored]) => readEntry(key, stored) ?? [])

type Verdict = "lost" | "doubled" | "half" | "stray" | "recovered"

const verdictOf = ({ state, body }: Write, { kind, token }: Edit, { log, changes }: Traces): Verdict | null => {
  const inLog = log.get(token) ?? 0
  const inNotes = changes.get(token) ?? 0
  if (inLog > 1 || inNotes > 1) return "doubled"
  if (LEAVES_TOKEN.has(kind) && inLog !== inNotes) return "half"
  if (state === "answered") return inLog === 0 ? "lost" : null
  if (inLog === 0) return null
  return state === "refused" || body.end !== "succeed" ? "stray" : "recovered"
}

/** Kinds that leave their token in a note, too, whatever is there; `remove` does when there is such a note. */
const LEAVES_TOKEN: ReadonlySet<string> = new Set(["add", "edit", "insert"])
