/** An event as a VEVENT: what a file said of it with what people changed since laid over it, or made from its fields. */
import ICAL from "ical.js"
import { fromRecord, textOf } from "../event.ts"
import type { Exception } from "../series/exceptions.ts"
import type { Part } from "../series/part.ts"
import { moveUnit } from "../series/rule.ts"
import { Series } from "../series/series.ts"
import { setTime, wallOf, whenOf } from "../series/when.ts"
import type { ZoneTexts } from "../series/zone.ts"
import { writeFields } from "./event-fields.ts"
import { fitTimes } from "./fit-times.ts"
import { readSource } from "./source.ts"

/** The event, the series, or the part of one. */
export function componentOf(part: Part, texts: ZoneTexts): ICAL.Component {
  const source = textOf(part.fields, "source")
  const component = source === "" ? newComponent(part.id) : readSource(source)
  if (source !== "") fitTimes(component, part, texts)
  writeFields(component, fromRecord(part), texts)
  return component
}

/** One time that is otherwise than the rest of `component`. Throws when its key is none. */
export function exceptionComponent(
  part: Part,
  exception: Exception,
  component: ICAL.Component,
  texts: ZoneTexts
): ICAL.Component {
  const series = new Series(component, texts, part.since, moveUnit(part.rule))
  const span = series.spanFor(exception.key)
  if (!span) throw new RangeError(`${exception.key} is no time of a series`)
  const event = fromRecord(part)
  const other = exception.source === "" ? copyWithoutRules(component) : readSource(exception.source)
  if (part.id !== part.series) other.updatePropertyWithValue("uid", part.id)
  if (recurrenceIdOf(other, series.zone, texts) !== span.from) setTime(other, "recurrence-id", span.from, series.zone)
  writeFields(other, { ...event, ...whenOf(span, event.zone), ...exception.fields, repeat: "" }, texts)
  return other
}

/** Which time of its series a VEVENT stands for, on the series' clocks; undefined when it is a series, or an event of its own. */
export function recurrenceIdOf(component: ICAL.Component, zone: string, texts: ZoneTexts): string | undefined {
  const property = component.getFirstProperty("recurrence-id")
  return property ? wallOf(property.getFirstValue(), property, zone, texts) : undefined
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
