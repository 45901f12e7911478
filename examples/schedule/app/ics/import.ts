/**
 * An .ics file into a calendar. All of it or nothing: what cannot be read is said with its line. Each VEVENT is kept whole beside
 * the fields that people see. The same file brought in on two sides is one set of records after the merge.
 */
import ICAL from "ical.js"
import type { AppContext } from "../../../../shared/app/app.ts"
import { calendarRecordId, calendarRecords } from "../calendars.ts"
import { eventRecords } from "../event.ts"
import { exceptionId, exceptionRecords } from "../series/exceptions.ts"
import { keyOf, Series } from "../series/series.ts"
import type { ZoneTexts } from "../series/zone.ts"
import { recurrenceIdOf } from "./component.ts"
import { readFields, type EventFields } from "./event-fields.ts"
import { readFile, type IcsFile } from "./read-file.ts"
import { recordIdOf } from "./record-id.ts"
import { keepZones, ownZones, zoneTextsOf } from "./zone-texts.ts"

/** Where to: a calendar that is there, or a new one of this name. */
export interface ImportTarget {
  /** Empty: the main calendar; null: a new one. */
  readonly calendar: string | null
  /** Of a new calendar when the file names none. */
  readonly name: string
}

export type ImportResult =
  | { readonly ok: true; readonly events: number; readonly calendar: string }
  | { readonly ok: false; readonly error: string }

/** A VEVENT with what it says. */
interface ReadEvent {
  readonly component: ICAL.Component
  readonly uid: string
  readonly fields: EventFields
}

/** Brings a file in. */
export function importFile(context: AppContext, text: string, target: ImportTarget): ImportResult {
  const file = readFile(text)
  if (!file.ok) return file
  const zones = ownZones(file.calendar)
  const texts = new Map([...zoneTextsOf(context), ...zones])
  const events = readEvents(file, texts)
  if (!Array.isArray(events)) return { ok: false, error: events.error }
  const calendar = target.calendar ?? context.newId()
  if (target.calendar === null) nameCalendar(context, calendar, file.calendar, target.name)
  keepZones(context, zones)
  writeEvents(context, calendar, events, texts)
  return { ok: true, events: events.length, calendar }
}

function readEvents(file: IcsFile, texts: ZoneTexts): ReadEvent[] | { readonly error: string } {
  const found: ReadEvent[] = []
  for (const [index, component] of file.calendar.getAllSubcomponents("vevent").entries()) {
    try {
      const fields = readFields(component, texts)
      // The times are read once: a rule that cannot be is found here and not when somebody looks at the month.
      if (component.hasProperty("rrule") || component.hasProperty("rdate")) new Series(component, texts)
      const uid: unknown = component.getFirstPropertyValue("uid")
      found.push({ component, uid: typeof uid === "string" && uid !== "" ? uid : `${index}`, fields })
    } catch (cause) {
      if (!(cause instanceof Error)) throw cause
      const line = file.eventLines[index] ?? 0
      return { error: `line ${line}: this event cannot be read: ${cause.message}` }
    }
  }
  return found
}

/** All that a file says besides its events: it goes out again with the calendar. */
function nameCalendar(context: AppContext, id: string, calendar: ICAL.Component, fallback: string): void {
  const frame = new ICAL.Component(JSON.parse(JSON.stringify(calendar)) as unknown[]) // as ical.js itself wrote it
  frame.removeAllSubcomponents("vevent")
  const said: unknown = frame.getFirstPropertyValue("x-wr-calname")
  const name = (typeof said === "string" ? said.trim().slice(0, 80) : "") || fallback
  calendarRecords(context).put(calendarRecordId(id), { name, colour: "green", frame: JSON.stringify(frame) }, context)
}

function writeEvents(context: AppContext, calendar: string, events: readonly ReadEvent[], texts: ZoneTexts): void {
  const isMaster = ({ component }: ReadEvent): boolean => !component.hasProperty("recurrence-id")
  const masters = new Map(events.filter(isMaster).map((event) => [event.uid, event]))
  const written: string[] = []
  for (const [index, event] of events.entries()) {
    const master = isMaster(event) ? undefined : masters.get(event.uid)
    if (master) writeException(context, recordIdOf(calendar, event.uid), master, event, texts)
    else {
      // Two that claim to be the same event, or a time of a series that is not in the file: each is an event of its own.
      const isOwn = masters.get(event.uid) === event
      const id = isOwn ? recordIdOf(calendar, event.uid) : recordIdOf(calendar, event.uid, String(index))
      writeEvent(context, id, calendar, event)
      written.push(id)
    }
  }
  // Last, since it depends on what is here: what was deleted once is there again.
  for (const id of written) if (!eventRecords(context).get(id)) eventRecords(context).restore(id, context)
}

function writeEvent(context: AppContext, id: string, calendar: string, { component, fields }: ReadEvent): void {
  const before = eventRecords(context).get(id)?.fields
  const values = { ...fields, calendar, source: JSON.stringify(component) }
  // What a file leaves empty is written only where something stood before.
  const filled = Object.entries(values).filter(([field, text]) => text !== "" || before?.has(field) === true)
  eventRecords(context).put(id, Object.fromEntries(filled), context)
}

function writeException(
  context: AppContext,
  event: string,
  { component: series }: ReadEvent,
  { component, fields }: ReadEvent,
  texts: ZoneTexts
): void {
  const key = keyOf(recurrenceIdOf(component, new Series(series, texts).zone, texts) ?? "")
  const values = { event, key, ...fields, repeat: "", source: JSON.stringify(component) }
  exceptionRecords(context).put(exceptionId(event, key), values, context)
}
