/**
 * Single times of a repeating event that are otherwise than the rest: moved, renamed, or left out. Each is a record of its own
 * (`<event>_<key>`), so that people who change two of them, or the series and one of them, do not get in each other's way.
 */
import type { AppContext } from "../../../../shared/app/app.ts"
import type { JsonValue } from "../../../../shared/app/record-entry.ts"
import { records, type Records } from "../../../../shared/app/records.ts"
import type { ShownRecord } from "../../../../shared/app/shown-record.ts"
import { SHOWN_FIELDS } from "../event-schema.ts"

/** What one time says otherwise. */
export interface Exception {
  /** RECURRENCE-ID on the clocks of the event's zone, as `20261123T093000`. */
  readonly key: string
  readonly isSkipped: boolean
  /** The fields that are otherwise; the others are those of the series. */
  readonly fields: Readonly<Record<string, string>>
  /** The VEVENT that it came from, as jCal text; empty when it was made here. */
  readonly source: string
  readonly conflicts: readonly string[]
}

/** Fields of an exception's record that are no fields of events. */
export const EXCEPTION_FIELDS = ["event", "key", "skipped", "source"] as const

export const exceptionRecords = (context: AppContext): Records => records(context.doc, "exceptions")

/** Where a time of an event has its record. */
export const exceptionId = (event: string, key: string): string => `${event}_${key}`

interface Known {
  readonly revision: number
  readonly byEvent: ReadonlyMap<string, readonly Exception[]>
}
const indexed = new WeakMap<Records, Known>()

/** The exceptions of an event. */
export function exceptionsOf(context: AppContext, event: string): readonly Exception[] {
  const all = exceptionRecords(context)
  const known = indexed.get(all)
  if (known?.revision === all.revision) return known.byEvent.get(event) ?? []
  const grouped = Map.groupBy(all.list(), ({ fields }) => textOf(fields.get("event")))
  const byEvent = new Map([...grouped].map(([id, list]) => [id, list.map(fromRecord)]))
  indexed.set(all, { revision: all.revision, byEvent })
  return byEvent.get(event) ?? []
}

function fromRecord({ fields, conflicts }: ShownRecord): Exception {
  const own = SHOWN_FIELDS.flatMap((field) => {
    const value = fields.get(field)
    return typeof value === "string" ? [[field, value] as const] : []
  })
  return {
    key: textOf(fields.get("key")),
    isSkipped: fields.get("skipped") === true,
    fields: Object.fromEntries(own),
    source: textOf(fields.get("source")),
    conflicts: SHOWN_FIELDS.filter((field) => conflicts.includes(field))
  }
}

const textOf = (value: JsonValue | undefined): string => (typeof value === "string" ? value : "")
