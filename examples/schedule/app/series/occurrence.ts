/** The times at which events take place in a part of the calendar: single ones, and those of series with their exceptions. */
import type { AppContext } from "../../../../shared/app/app.ts"
import type { ShownRecord } from "../../../../shared/app/shown-record.ts"
import { eventRecords, fromRecord, textOf, type CalendarEvent } from "../event.ts"
import { componentOf } from "../ics/component.ts"
import { zoneTextsOf } from "../ics/zone-texts.ts"
import { exceptionsOf, type Exception } from "./exceptions.ts"
import { orNull, readable } from "./readable.ts"
import { Series, type Instance } from "./series.ts"
import { spanOf, whenOf, type Span } from "./when.ts"
import { zoneOf, type ZoneTexts } from "./zone.ts"

/** An event at one of its times: fields, conflicts and dates are those of this time. */
export interface Occurrence extends CalendarEvent {
  /** Which time of a series it is (`20261123T093000`); empty for an event that takes place once. */
  readonly instance: string
  readonly span: Span
  /** Begin and end as instants (`2026-11-23T08:30:00Z`); empty where the event has no zone or lasts whole days. */
  readonly startsAt: string
  readonly endsAt: string
}

/** What takes place from one day to another (exclusive), each on the clocks of its own zone, in order. */
export function occurrencesIn(context: AppContext, from: string, to: string): readonly Occurrence[] {
  return eventRecords(context)
    .list()
    .flatMap((record) => occurrencesOf(context, record, from, to))
    .toSorted((a, b) => compare(sortKey(a), sortKey(b)))
}

/**
 * One event at one of its times; undefined when it does not take place then. An empty `instance` is the event that takes place once, or
 * the series itself, also when nobody can tell when it is.
 */
export function findOccurrence(context: AppContext, id: string, instance: string): Occurrence | undefined {
  const record = eventRecords(context).get(id)
  if (!record) return undefined
  const texts = zoneTextsOf(context)
  const times = seriesOf(record, texts)
  const event = fromRecord(record)
  if (instance === "") return times ? occurrence(event, "", times.span, texts) : withoutTime(event)
  const found = times?.find(instance)
  const exception = exceptionsOf(context, id).find(({ key }) => key === instance)
  if (!found || exception?.isSkipped === true) return undefined
  if (!exception) return occurrence(event, instance, found.span, texts)
  return orNull(readable(() => changed(event, found, exception, texts))) ?? undefined
}

const withoutTime = (event: CalendarEvent): Occurrence => {
  const span = { from: event.date, to: event.date }
  return { ...event, instance: "", span, startsAt: "", endsAt: "" }
}

const series = new WeakMap<ShownRecord, Series | null>()

/** All times of an event, kept as long as nobody changes it; null when it does not say when it is. */
export function seriesOf(record: ShownRecord, texts: ZoneTexts): Series | null {
  const known = series.get(record)
  if (known !== undefined) return known
  const made = makeSeries(record, texts)
  series.set(record, made)
  return made
}

/** What cannot be read is listed by search, and has no place among the times. */
const makeSeries = (record: ShownRecord, texts: ZoneTexts): Series | null =>
  orNull(readable(() => new Series(componentOf(fromRecord(record), textOf(record.fields, "source"), texts), texts)))

function occurrencesOf(context: AppContext, record: ShownRecord, from: string, to: string): readonly Occurrence[] {
  const event = fromRecord(record)
  const texts = zoneTextsOf(context)
  if (!isSeries(event, textOf(record.fields, "source"))) return single(event, from, to, texts)
  const times = seriesOf(record, texts)
  if (!times) return []
  const exceptions = exceptionsOf(context, event.id)
  const keys = new Set(exceptions.map(({ key }) => key))
  const regular = times
    .between(from, to)
    .filter(({ key }) => !keys.has(key))
    .map(({ key, span }) => occurrence(event, times.isRecurring ? key : "", span, texts))
  const others = exceptions.flatMap((exception) => {
    const found = exception.isSkipped ? undefined : times.find(exception.key)
    return (found && orNull(readable(() => changed(event, found, exception, texts)))) ?? []
  })
  return [...regular, ...others.filter(({ span }) => touches(span, from, to))]
}

/** Whether an event may take place more than once. Looked at as text: most events do not, and their source need not be read. */
const isSeries = (event: CalendarEvent, source: string): boolean =>
  event.repeat !== "" || source.includes('"rrule"') || source.includes('"rdate"')

function single(event: CalendarEvent, from: string, to: string, texts: ZoneTexts): readonly Occurrence[] {
  if (event.date >= to || (event.endDate || event.date) < from || !/^\d{4}-\d\d-\d\d$/.test(event.date)) return []
  return orNull(readable(() => [occurrence(event, "", spanOf(event), texts)])) ?? []
}

/** An exception's own fields over those of the series at that time. */
function changed(event: CalendarEvent, { key, span }: Instance, exception: Exception, texts: ZoneTexts): Occurrence {
  const fields = { ...event, ...whenOf(span, event.zone), ...exception.fields, repeat: event.repeat }
  const conflicts = [...new Set([...event.conflicts, ...exception.conflicts])]
  return { ...occurrence(fields, key, spanOf(fields), texts), conflicts }
}

function occurrence(event: CalendarEvent, instance: string, span: Span, texts: ZoneTexts): Occurrence {
  const zone = event.start === "" ? undefined : zoneOf(event.zone, texts)
  const at = (wall: string): string => (zone ? zone.toInstant(wall) : "")
  return {
    ...event,
    ...(instance === "" ? {} : whenOf(span, event.zone)),
    instance,
    span,
    startsAt: at(span.from),
    endsAt: at(span.to)
  }
}

const touches = (span: Span, from: string, to: string): boolean =>
  span.from < to && (span.to > from || span.from >= from)

const sortKey = ({ span, title, id }: Occurrence): string => `${span.from} ${title} ${id}`
const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))
