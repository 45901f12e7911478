/** A series that ends before one of its times, and a new one that goes on from there, with what is changed. */
import ICAL from "ical.js"
import type { AppContext } from "../../../../shared/app/app.ts"
import { eventRecords, textOf, type CalendarEvent } from "../event.ts"
import { SHOWN_FIELDS } from "../event-schema.ts"
import { readSource } from "../ics/component.ts"
import { zoneTextsOf } from "../ics/zone-texts.ts"
import { moveExceptions } from "./move-exceptions.ts"
import type { Occurrence } from "./occurrence.ts"
import { ruleAfter, ruleUntil } from "./rule.ts"
import { startOf, type Series } from "./series.ts"
import { writeStep, type Edited, type Step } from "./undo.ts"
import { addDays, shiftBetween, shifted, spanOf, timeProperty, wallOf, whenOf } from "./when.ts"
import { zoneOf, type ZoneTexts } from "./zone.ts"

/** Splits before the time that was looked at; null for `values`: nothing goes on. */
export function splitSeries(
  context: AppContext,
  shown: Occurrence,
  series: Series,
  values: Readonly<Record<string, string>> | null
): Edited {
  const at = startOf(shown.instance)
  const record = eventRecords(context).get(shown.id)
  if (at === undefined || !record) return null
  const next = context.newId()
  const source = textOf(record.fields, "source")
  const texts = zoneTextsOf(context)
  const steps: Step[] = []
  if (values !== null) {
    const event = goingOn(shown, series, at, values)
    const part = source === "" ? {} : { source: partOf(source, series, texts, (time) => time >= at, next) }
    eventRecords(context).put(next, { ...event, ...part }, context)
    steps.push({ remove: next })
  }
  const ended = { repeat: shown.repeat === "" ? "" : ruleUntil(shown.repeat, lastBefore(at, series.zone, texts)) }
  const part = source === "" ? {} : { source: partOf(source, series, texts, (time) => time < at, null) }
  steps.push(...writeStep(context, "events", shown.id, { ...ended, ...part }))
  const by = shiftBetween(shown.span.from, values === null ? shown.span.from : spanOf({ ...shown, ...values }).from)
  const moved = (start: string): string | null => (start >= at ? shifted(start, by) : null)
  if (values !== null) steps.push(...moveExceptions(context, shown.id, next, moved))
  return { id: values === null ? shown.id : next, undo: steps }
}

/** The event that goes on from the time that was looked at. Empty fields are left out. */
function goingOn(
  shown: Occurrence,
  series: Series,
  at: string,
  values: Readonly<Record<string, string>>
): Record<string, string> {
  const when = whenOf(spanOf({ ...shown, ...values }), values["zone"] ?? shown.zone)
  const repeat = values["repeat"] ?? (shown.repeat === "" ? "" : ruleAfter(shown.repeat, series.countBefore(at)))
  const all: Partial<CalendarEvent> & Record<string, unknown> = { ...shown, ...values, ...when, repeat }
  const fields = SHOWN_FIELDS.map((field) => [field, all[field]] as const)
  return Object.fromEntries(
    fields.filter((pair): pair is [(typeof pair)[0], string] => typeof pair[1] === "string" && pair[1] !== "")
  )
}

/** The last moment before a time, as RFC 5545 wants it in UNTIL: a day, or UTC where the series has a zone. */
function lastBefore(at: string, zone: string, texts: ZoneTexts): string {
  if (at.length === 10) return addDays(at, -1)
  const last = shifted(at, { seconds: -1 })
  return zoneOf(zone, texts)?.toInstant(last) ?? last
}

/** A series' own VEVENT with those of its extra times that lie in this part, under another UID if it is a new event. */
function partOf(
  source: string,
  { zone }: Series,
  texts: ZoneTexts,
  isIn: (time: string) => boolean,
  uid: string | null
): string {
  const component = readSource(source)
  if (uid !== null) component.updatePropertyWithValue("uid", uid)
  for (const name of ["rdate", "exdate"])
    for (const property of component.getAllProperties(name)) {
      const values: readonly unknown[] = property.getValues()
      if (values.some((value) => value instanceof ICAL.Period)) continue
      const times = values.map((value) => wallOf(value, property, zone, texts))
      component.removeProperty(property)
      for (const time of times) if (isIn(time)) component.addProperty(timeProperty(name, time, zone))
    }
  return JSON.stringify(component)
}
