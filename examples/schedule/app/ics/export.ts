/** A calendar as an .ics file: what came from a file goes out as it came in, with what was changed since. */
import ICAL from "ical.js"
import type { AppContext } from "../../../../shared/app/app.ts"
import type { ShownRecord } from "../../../../shared/app/shown-record.ts"
import { calendarRecordId, calendarRecords } from "../calendars.ts"
import { eventRecords, fromRecord, textOf, type CalendarEvent } from "../event.ts"
import { exceptionsOf } from "../series/exceptions.ts"
import { startOf } from "../series/series.ts"
import { timeProperty, UTC } from "../series/when.ts"
import type { ZoneTexts } from "../series/zone.ts"
import { componentOf, exceptionComponent, readSource } from "./component.ts"
import { vtimezoneOf } from "./vtimezone.ts"
import { zoneTextsOf } from "./zone-texts.ts"

const PRODUCT = "-//Locum//Schedule//EN"

/** One calendar of the document, the main one when `id` is empty, as the text of a file. */
export function exportCalendar(context: AppContext, id: string, name: string): string {
  const calendar = frameOf(context, id, name)
  const texts = zoneTextsOf(context)
  const events = eventRecords(context)
    .list()
    .filter(({ fields }) => textOf(fields, "calendar") === id)
    .toSorted((a, b) => (order(a) < order(b) ? -1 : 1))
  const components = events.flatMap((record) => eventComponents(context, record, texts))
  addZones(calendar, components, events.map(fromRecord), texts)
  for (const component of components) calendar.addSubcomponent(component)
  return `${calendar.toString()}\r\n`
}

const order = ({ fields, id }: ShownRecord): string => `${textOf(fields, "date")} ${textOf(fields, "start")} ${id}`

/** All that a file said besides its events, or what every calendar file must say. */
function frameOf(context: AppContext, id: string, name: string): ICAL.Component {
  const frame = textOf(calendarRecords(context).get(calendarRecordId(id))?.fields ?? new Map(), "frame")
  if (frame !== "") return readSource(frame)
  const calendar = new ICAL.Component("vcalendar")
  calendar.addPropertyWithValue("version", "2.0")
  calendar.addPropertyWithValue("prodid", PRODUCT)
  calendar.addPropertyWithValue("x-wr-calname", name)
  return calendar
}

function eventComponents(context: AppContext, record: ShownRecord, texts: ZoneTexts): readonly ICAL.Component[] {
  const event = fromRecord(record)
  const source = textOf(record.fields, "source")
  const series = componentOf(event, source, texts)
  if (source === "") stamp(context, series, event.id)
  const exceptions = exceptionsOf(context, event.id)
  const others = exceptions
    .filter(({ isSkipped }) => !isSkipped)
    .map((exception) => exceptionComponent(event, exception, series, texts))
  for (const { key, isSkipped } of exceptions) {
    const start = isSkipped ? startOf(key) : undefined
    if (start !== undefined) series.addProperty(timeProperty("exdate", start, event.zone))
  }
  return [series, ...others]
}

/** When the event was last written. */
function stamp(context: AppContext, component: ICAL.Component, id: string): void {
  const last = eventRecords(context).history(id).at(-1)?.at ?? 0
  const time = new Date(last).toISOString().slice(0, 19)
  component.addProperty(timeProperty("dtstamp", time, UTC))
}

/** The definitions of the zones that events name and the calendar does not define. */
function addZones(
  calendar: ICAL.Component,
  components: readonly ICAL.Component[],
  events: readonly CalendarEvent[],
  texts: ZoneTexts
): void {
  const defined = calendar.getAllSubcomponents("vtimezone").map((zone): unknown => zone.getFirstPropertyValue("tzid"))
  const named = components.flatMap((component) =>
    component.getAllProperties().map((property): unknown => property.getParameter("tzid"))
  )
  const years = events.map(({ date }) => Number(date.slice(0, 4)))
  for (const name of new Set(named)) {
    if (typeof name !== "string" || defined.includes(name)) continue
    const text = texts.get(name)
    const zone = text === undefined ? vtimezoneOf(name, Math.min(...years), Math.max(...years)) : readSource(text)
    if (zone) calendar.addSubcomponent(zone)
  }
}
