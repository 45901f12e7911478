/** What an event is, how it is read from a form or JSON, and how it lies in a calendar's document. */
import * as v from "valibot"
import type { AppContext } from "../../../shared/app/app.ts"
import type { JsonValue } from "../../../shared/app/record-entry.ts"
import { records, type Records } from "../../../shared/app/records.ts"
import type { ShownRecord } from "../../../shared/app/shown-record.ts"
import { eventFields as fields, SHOWN_FIELDS } from "./event-schema.ts"

/** A new event, from JSON or from a form: a title and a day, the rest may be left out. */
export const NewEvent = v.object({
  title: fields.title,
  date: fields.date,
  start: v.optional(fields.start, ""),
  endDate: v.optional(fields.endDate, ""),
  end: v.optional(fields.end, ""),
  zone: v.optional(fields.zone, ""),
  place: v.optional(fields.place, ""),
  notes: v.optional(fields.notes, ""),
  repeat: v.optional(fields.repeat, ""),
  reminder: v.optional(fields.reminder, ""),
  calendar: v.optional(fields.calendar, ""),
  token: v.exactOptional(fields.token)
})

/** A change of an event: the fields that are given. */
export const EventChange = v.partial(v.object(fields))
export type EventChange = v.InferOutput<typeof EventChange>

/** An event as pages and the API show it. */
export interface CalendarEvent extends v.InferOutput<typeof NewEvent> {
  readonly id: string
  /** Shown fields that were written at once by people who did not see each other's change. */
  readonly conflicts: readonly string[]
}

/** The calendar's events as records. */
export const eventRecords = (context: AppContext): Records => records(context.doc, "events")

/** Reads a field by field into a sentence for people: `title must not be empty`. */
export function problems(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues.map((issue) => `${v.getDotPath(issue) ?? "input"} ${issue.message}`).join("; ")
}

/**
 * What a form or a script changes: fields that are given as they are shown are left out, and so need not be what somebody might give
 * (the zone that a file defined, say).
 */
export function changedOnly(event: CalendarEvent, given: unknown): unknown {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return given
  const shown: Readonly<Record<string, unknown>> = { ...event }
  return Object.fromEntries(Object.entries(given).filter(([name, value]) => value !== shown[name]))
}

/** An event as it is shown. */
export const fromRecord = ({ id, fields: values, conflicts }: ShownRecord): CalendarEvent =>
  fromFields(
    id,
    values,
    SHOWN_FIELDS.filter((field) => conflicts.includes(field))
  )

/** A record holds whatever anybody wrote: what is no text is shown as none. */
export function fromFields(
  id: string,
  values: ReadonlyMap<string, JsonValue>,
  conflicts: readonly string[]
): CalendarEvent {
  const text = (field: string): string => textOf(values, field)
  return {
    id,
    title: text("title"),
    date: text("date"),
    start: text("start"),
    endDate: text("endDate"),
    end: text("end"),
    zone: text("zone"),
    place: text("place"),
    notes: text("notes"),
    repeat: text("repeat"),
    reminder: text("reminder"),
    calendar: text("calendar"),
    token: text("token"),
    conflicts
  }
}

/** A field as text; empty when it holds none. */
export function textOf(values: ReadonlyMap<string, JsonValue>, field: string): string {
  const value = values.get(field)
  return typeof value === "string" ? value : ""
}
