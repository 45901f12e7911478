/** What an event is, how it is read from a form or JSON, and how it lies in a calendar's document. */
import * as v from "valibot"
import type { AppContext } from "../../../shared/app/app.ts"
import type { JsonValue } from "../../../shared/app/record-entry.ts"
import { records, type Records } from "../../../shared/app/records.ts"
import type { ShownRecord } from "../../../shared/app/shown-record.ts"

const line = v.pipe(v.string(), v.trim(), v.maxLength(200, "is longer than 200 characters"))
const time = v.pipe(v.string(), v.trim(), v.regex(/^(?:(?:[01]\d|2[0-3]):[0-5]\d)?$/, "must be a time such as 09:30"))
const isDay = (text: string): boolean => {
  const day = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}

const fields = {
  title: v.pipe(line, v.nonEmpty("must not be empty")),
  date: v.pipe(
    v.string(),
    v.regex(/^\d{4}-\d\d-\d\d$/, "must be a day such as 2026-11-23"),
    v.check(isDay, "is no day")
  ),
  start: time,
  end: time,
  place: line,
  notes: v.pipe(v.string(), v.maxLength(200_000, "is longer than 200,000 characters")),
  /** Whatever a caller wants to find again; kept like every other field. */
  token: line
}

/** The fields that people see and change. */
export const SHOWN_FIELDS: readonly string[] = ["title", "date", "start", "end", "place", "notes"]

/** A new event, from JSON or from a form: a title and a day, the rest may be left out. */
export const NewEvent = v.object({
  title: fields.title,
  date: fields.date,
  start: v.optional(fields.start, ""),
  end: v.optional(fields.end, ""),
  place: v.optional(fields.place, ""),
  notes: v.optional(fields.notes, ""),
  token: v.exactOptional(fields.token)
})

/** A change of an event: the fields that are given. */
export const EventChange = v.partial(v.object(fields))

/** An event as pages and the API show it. */
export interface CalendarEvent extends v.InferOutput<typeof NewEvent> {
  readonly id: string
  /** Shown fields that were written at once by people who did not see each other's change. */
  readonly conflicts: readonly string[]
}

/** The calendar's events as records. */
export const eventRecords = (context: AppContext): Records => records(context.doc, "events")

/** All events, by day and time. */
export function eventsOf(context: AppContext): readonly CalendarEvent[] {
  return eventRecords(context)
    .list()
    .map(fromRecord)
    .toSorted((a, b) => compare(sortKey(a), sortKey(b)))
}

/** One event that is there. */
export function findEvent(context: AppContext, id: string): CalendarEvent | undefined {
  const record = eventRecords(context).get(id)
  return record && fromRecord(record)
}

/** Reads a field by field into a sentence for people: `title must not be empty`. */
export function problems(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues.map((issue) => `${v.getDotPath(issue) ?? "input"} ${issue.message}`).join("; ")
}

const sortKey = (event: CalendarEvent): string => `${event.date} ${event.start} ${event.title} ${event.id}`
const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

const fromRecord = ({ id, fields: values, conflicts }: ShownRecord): CalendarEvent =>
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
  const text = (field: string): string => {
    const value = values.get(field)
    return typeof value === "string" ? value : ""
  }
  return {
    id,
    title: text("title"),
    date: text("date"),
    start: text("start"),
    end: text("end"),
    place: text("place"),
    notes: text("notes"),
    token: text("token"),
    conflicts
  }
}
