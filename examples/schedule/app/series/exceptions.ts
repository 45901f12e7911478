/**
 * Single times of a series that are otherwise than the rest: moved or renamed, or left out (deleted). Each is a record of its own
 * (`<series>_<key>`), so that people who change two of them, or the series and one of them, do not get in each other's way; and it
 * keeps its place wherever the series is moved or split. A time that one person leaves out while another changes it is a deleted
 * record that somebody changed.
 */
import type { AppContext } from "../../../../shared/app/app.ts"
import { records, type Records } from "../../../../shared/app/records.ts"
import type { ShownRecord } from "../../../../shared/app/shown-record.ts"
import { SHOWN_FIELDS } from "../event-schema.ts"
import { textOf } from "../event.ts"

/** What one time says otherwise. */
export interface Exception {
  readonly record: ShownRecord
  /** Which time of the series: when it would be if nobody had moved the series, as `20261123T093000`. */
  readonly key: string
  readonly isSkipped: boolean
  /** The fields that are otherwise; the others are those of the series. */
  readonly fields: Readonly<Record<string, string>>
  /** The VEVENT that it came from, as jCal text; empty when it was made here. */
  readonly source: string
}

/** Fields of an exception's record that are no fields of events. */
export const EXCEPTION_FIELDS = ["event", "key", "source"] as const

export const exceptionRecords = (context: AppContext): Records => records(context.doc, "exceptions")

/** Where a time of a series has its record. */
export const exceptionId = (series: string, key: string): string => `${series}_${key}`

interface Known {
  readonly revision: number
  readonly bySeries: ReadonlyMap<string, readonly Exception[]>
}
const indexed = new WeakMap<Records, Known>()

/** The exceptions of a series, in all of its parts. */
export function exceptionsOf(context: AppContext, series: string): readonly Exception[] {
  const all = exceptionRecords(context)
  const known = indexed.get(all)
  if (known?.revision === all.revision) return known.bySeries.get(series) ?? []
  const found = all.ids().flatMap((id) => readException(all, id) ?? [])
  const bySeries = Map.groupBy(found, ({ record }) => textOf(record.fields, "event"))
  indexed.set(all, { revision: all.revision, bySeries })
  return bySeries.get(series) ?? []
}

function readException(all: Records, id: string): Exception | undefined {
  const deleted = all.getDeleted(id)
  const record = all.get(id) ?? (deleted && { id, fields: deleted.fields, conflicts: [] })
  if (!record) return undefined
  const own = SHOWN_FIELDS.flatMap((field) => {
    const value = record.fields.get(field)
    return typeof value === "string" ? [[field, value] as const] : []
  })
  return {
    record,
    key: textOf(record.fields, "key"),
    isSkipped: deleted !== undefined,
    fields: Object.fromEntries(own),
    source: textOf(record.fields, "source")
  }
}
