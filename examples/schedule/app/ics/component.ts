/** An event as a VEVENT: what a file said of it with what people changed since laid over it, or made from its fields. */
import ICAL from "ical.js"
import type { CalendarEvent } from "../event.ts"
import { setTime, wallOf } from "../series/when.ts"
import { startOf } from "../series/series.ts"
import type { Exception } from "../series/exceptions.ts"
import type { ZoneTexts } from "../series/zone.ts"
import { writeFields } from "./event-fields.ts"

/** The series, or the single event. `source` is the jCal text that it came from, or empty. */
export function componentOf(event: CalendarEvent, source: string, texts: ZoneTexts): ICAL.Component {
  const component = source === "" ? newComponent(event.id) : readSource(source)
  writeFields(component, event, texts)
  return component
}

/** One time that is otherwise than the rest of `series`. Throws when its key is none. */
export function exceptionComponent(
  event: CalendarEvent,
  exception: Exception,
  series: ICAL.Component,
  texts: ZoneTexts
): ICAL.Component {
  const component = exception.source === "" ? copyWithoutRules(series) : readSource(exception.source)
  const start = startOf(exception.key)
  if (start === undefined) throw new RangeError(`${exception.key} is no time of a series`)
  if (recurrenceIdOf(component, event.zone, texts) !== start) setTime(component, "recurrence-id", start, event.zone)
  writeFields(component, { ...event, ...exception.fields, repeat: "" }, texts)
  return component
}

/** Which time of its series a VEVENT stands for, on the series' clocks; undefined when it is a series, or an event of its own. */
export function recurrenceIdOf(component: ICAL.Component, zone: string, texts: ZoneTexts): string | undefined {
  const property = component.getFirstProperty("recurrence-id")
  return property ? wallOf(property.getFirstValue(), property, zone, texts) : undefined
}

/** A component from its jCal text, as the import kept it. */
export function readSource(source: string): ICAL.Component {
  return new ICAL.Component(JSON.parse(source) as unknown[]) // ical.js looks at each part when it is used
}

function newComponent(uid: string): ICAL.Component {
  const component = new ICAL.Component("vevent")
  component.addPropertyWithValue("uid", uid)
  return component
}

function copyWithoutRules(series: ICAL.Component): ICAL.Component {
  const copy = readSource(JSON.stringify(series))
  for (const name of ["rrule", "rdate", "exdate"]) copy.removeAllProperties(name)
  return copy
}
