/** A calendar as an .ics file: what came from a file goes out as it came in, with what was changed since. */
import ICAL from "ical.js"
import type { AppContext } from "../../../../shared/app/app.ts"
import type { ShownRecord } from "../../../../shared/app/shown-record.ts"
import { calendarRecordId, calendarRecords } from "../calendars.ts"
import { eventRecords, fromRecord, textOf, type CalendarEvent } from "../event.ts"
import { exceptionsOf, type Exception } from "../series/exceptions.ts"
import { readable } from "../series/readable.ts"
import { isInPart, type Part } from "../series/part.ts"
import { listParts } from "../series/parts.ts"
import { moveUnit } from "../series/rule.ts"
import { Series } from "../series/series.ts"
import { timeProperty, UTC } from "../series/when.ts"
import type { ZoneTexts } from "../series/zone.ts"
import { componentOf, exceptionComponent } from "./component.ts"
import { readSource } from "./source.ts"
import { vtimezoneOf } from "./vtimezone.ts"
import { zoneTextsOf } from "./zone-texts.ts"

const PRODUCT = "-//Locum//Schedule//EN"

/** One calendar of the document, the main one when `id` is empty, as the text of a file. */
export function exportCalendar(context: AppContext, id: string, name: string): string {
  const calendar = frameOf(context, id, name)
  const texts = zoneTextsOf(context)
  const events = listParts(context)
    .filter(({ fields }) => textOf(fields, "calendar") === id)
    .toSorted((a, b) => (order(a) < order(b) ? -1 : 1))
  const components = events.flatMap((record) => eventComponents(context, record, texts, calendar))
  addZones(calendar, components, events.map(fromRecord), texts)
  for (const component of components) calendar.addSubcomponent(component)
  return `${calendar.toString()}\r\n`
}

/** Of each event that cannot be read: its title, and in a parameter its id. */
const LEFT_OUT = "x-locum-left-out"

const order = ({ fields, id }: ShownRecord): string => `${textOf(fields, "date")} ${textOf(fields, "start")} ${id}`

/** All that a file said besides its events, or what every calendar file must say. */
function frameOf(context: AppContext, id: string, name: string): ICAL.Component {
  const frame = textOf(calendarRecords(context).get(calendarRecordId(id))?.fields ?? new Map(), "frame")
  const kept = frame === "" ? null : readable(() => readSource(frame))
  if (kept instanceof ICAL.Component) {
    kept.removeAllProperties(LEFT_OUT)
    return kept
  }
  const calendar = new ICAL.Component("vcalendar")
  calendar.addPropertyWithValue("version", "2.0")
  calendar.addPropertyWithValue("prodid", PRODUCT)
  calendar.addPropertyWithValue("x-wr-calname", name)
  return calendar
}

/** An event with its exceptions. What cannot be read is left out, and `calendar` says so. */
function eventComponents(
  context: AppContext,
  part: Part,
  texts: ZoneTexts,
  calendar: ICAL.Component
): readonly ICAL.Component[] {
  const event = fromRecord(part)
  const exceptions = exceptionsOf(context, part.series).filter(({ key }) => isInPart(part, key))
  const series = readable(() => seriesComponent(context, part, exceptions, texts))
  if (series instanceof Error) {
    leaveOut(calendar, event)
    return []
  }
  const others = exceptions.flatMap((exception) => {
    if (exception.isSkipped) return []
    const other = readable(() => exceptionComponent(part, exception, series, texts))
    if (!(other instanceof Error)) return other
    leaveOut(calendar, { ...event, ...exception.fields })
    return []
  })
  return [series, ...others]
}

/** What takes place, without what is otherwise at single times. Throws when it cannot be read. */
function seriesComponent(
  context: AppContext,
  part: Part,
  exceptions: readonly Exception[],
  texts: ZoneTexts
): ICAL.Component {
  const component = componentOf(part, texts)
  if (textOf(part.fields, "source") === "") stamp(context, component, part.id)
  const skipped = exceptions.filter(({ isSkipped }) => isSkipped)
  const series = skipped.length === 0 ? null : new Series(component, texts, part.since, moveUnit(part.rule))
  for (const { key } of skipped) {
    const start = series?.startFor(key)
    if (series && start !== undefined) component.addProperty(timeProperty("exdate", start, series.zone))
  }
  return component
}

function leaveOut(calendar: ICAL.Component, { id, title }: CalendarEvent): void {
  calendar.addPropertyWithValue(LEFT_OUT, title).setParameter("x-locum-event", id)
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
  const years = events.flatMap(({ date }) => (/^\d{4}-/.test(date) ? Number(date.slice(0, 4)) : []))
  for (const name of new Set(named)) {
    if (typeof name !== "string" || defined.includes(name)) continue
    const text = texts.get(name)
    const zone = text === undefined ? vtimezoneOf(name, Math.min(...years), Math.max(...years)) : readSource(text)
    if (zone) calendar.addSubcomponent(zone)
  }
}
