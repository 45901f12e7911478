/** Reads a browser's own log: the answers that it gave, its switches, and what it could not take over. */
import type { Page } from "playwright-core"
import * as v from "valibot"
import { SideSchema } from "../../../shared/protocol/names.ts"
import type { SwitchRow, TraceRow, UncoveredRow } from "../check/trace.ts"
import { dumpInPage, DumpSchema } from "./client-store.ts"

/** Databases of the extension: answers, and notes of router and controller. */
const TRACE = "locum/trace"
const NOTES = "locum-notes"

const AnswerSchema = v.object({
  token: v.string(),
  method: v.string(),
  path: v.string(),
  status: v.number(),
  at: v.number()
})
const SwitchSchema = v.object({
  kind: v.literal("switch"),
  to: SideSchema,
  at: v.number(),
  longestHoldMs: v.number(),
  held: v.number()
})
const NoteSchema = v.object({
  kind: v.picklist(["held", "recovered", "uncovered", "switched"]),
  url: v.string(),
  text: v.string(),
  at: v.number()
})
const RowSchema = v.union([AnswerSchema, SwitchSchema, NoteSchema])

/** A browser's log, sorted by what its rows are. */
export interface ClientTrace {
  readonly answers: readonly TraceRow[]
  readonly switches: readonly SwitchRow[]
  readonly uncovered: readonly UncoveredRow[]
  /** Everything that router and controller noted, for the evidence. */
  readonly notes: readonly object[]
}

/** Reads all of it; an unknown kind of row is an error and not skipped. */
export async function readClientTrace(page: Page, user: string): Promise<ClientTrace> {
  const dump = v.parse(DumpSchema, await page.evaluate(dumpInPage, [TRACE, NOTES]))
  const rows = dump.flatMap((one) => v.parse(v.array(RowSchema), one.rows))
  const answers: TraceRow[] = []
  const switches: SwitchRow[] = []
  const uncovered: UncoveredRow[] = []
  for (const row of rows) {
    if ("token" in row) answers.push({ ...row, side: "client", source: user })
    else if (row.kind === "switch") switches.push({ ...row, user })
    else if (row.kind === "uncovered") uncovered.push({ user, reason: row.text, url: row.url, at: row.at })
  }
  return { answers, switches, uncovered, notes: rows.filter((row) => !("token" in row)) }
}

/** How many rows there are: cheap enough to ask every second. */
export async function countClientAnswers(page: Page): Promise<number> {
  return page.evaluate(async (name) => {
    const known = await indexedDB.databases()
    if (!known.some((one) => one.name === name)) return 0
    return new Promise<number>((done, failed) => {
      const opening = indexedDB.open(name)
      opening.onerror = () => failed(new Error(String(opening.error)))
      opening.onsuccess = () => {
        const database = opening.result
        const count = database.transaction("trace").objectStore("trace").count()
        count.onerror = () => failed(new Error(String(count.error)))
        count.onsuccess = () => {
          database.close()
          done(count.result)
        }
      }
    })
  }, TRACE)
}
