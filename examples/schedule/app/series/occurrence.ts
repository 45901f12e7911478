/** The times at which events take place in a part of the calendar: single ones, and those of series with their exceptions. */
import type { AppContext } from "../../../../shared/app/app.ts"
import { SHOWN_FIELDS } from "../event-schema.ts"
import { fromRecord, type CalendarEvent } from "../event.ts"
import { zoneTextsOf } from "../ics/zone-texts.ts"
import { isSeries } from "./anchor.ts"
import { exceptionsOf, type Exception } from "./exceptions.ts"
import type { Part } from "./part.ts"
import { findPart, listParts, partAt } from "./parts.ts"
import { orNull, readable } from "./readable.ts"
import { seriesOf } from "./series-of.ts"
import type { Instance } from "./series.ts"
import { doesTouch, spanOf, whenOf, type Span } from "./when.ts"
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
  return listParts(context)
    .flatMap((part) => occurrencesOf(context, part, from, to))
    .toSorted((a, b) => compare(sortKey(a), sortKey(b)))
}

/**
 * One event at one of its times, whatever part of its series that is in; undefined when it does not take place then. An empty
 * `instance` is the event that takes place once, or the series or part itself, also when nobody can tell when it is.
 */
export function findOccurrence(context: AppContext, id: string, instance: string): Occurrence | undefined {
  const named = findPart(context, id)
  const part = named && instance !== "" ? partAt(context, named.series, instance) : named
  if (!part) return undefined
  const texts = zoneTextsOf(context)
  const times = seriesOf(part, texts)
  const event = fromRecord(part)
  if (instance === "") return times ? occurrence(event, "", times.span, texts) : withoutTime(event)
  const found = times?.isRecurring === true ? times.find(instance) : undefined
  const exception = exceptionsOf(context, part.series).find(({ key }) => key === instance)
  if (!found || exception?.isSkipped === true) return undefined
  if (!exception) return occurrence(event, instance, found.span, texts)
  return orNull(readable(() => changed(event, found, exception, texts))) ?? undefined
}

const withoutTime = (event: CalendarEvent): Occurrence => {
  const span = { from: event.date, to: event.date }
  return { ...event, instance: "", span, startsAt: "", endsAt: "" }
}

function occurrencesOf(context: AppContext, part: Part, from: string, to: string): readonly Occurrence[] {
  const event = fromRecord(part)
  const texts = zoneTextsOf(context)
  if (!isSeries(part)) return single(event, from, to, texts)
  const times = seriesOf(part, texts)
  if (!times) return []
  const exceptions = times.isRecurring ? exceptionsOf(context, part.series) : []
  const keys = new Set(exceptions.map(({ key }) => key))
  const regular = times
    .between(from, to)
    .filter(({ key }) => !keys.has(key))
    .map(({ key, span }) => occurrence(event, times.isRecurring ? key : "", span, texts))
  const others = exceptions.flatMap((exception) => {
    const found = exception.isSkipped ? undefined : times.find(exception.key)
    return (found && orNull(readable(() => changed(event, found, exception, texts)))) ?? []
  })
  return [...regular, ...others.filter(({ span }) => doesTouch(span, from, to))]
}

function single(event: CalendarEvent, from: string, to: string, texts: ZoneTexts): readonly Occurrence[] {
  if (event.date >= to || (event.endDate || event.date) < from || !/^\d{4}-\d\d-\d\d$/.test(event.date)) return []
  const found = orNull(readable(() => occurrence(event, "", spanOf(event), texts)))
  return found && doesTouch(found.span, from, to) ? [found] : []
}

/** An exception's own fields over those of the series at that time. */
function changed(event: CalendarEvent, { key, span }: Instance, exception: Exception, texts: ZoneTexts): Occurrence {
  const fields = { ...event, ...whenOf(span, event.zone), ...exception.fields, repeat: event.repeat }
  const conflicts = SHOWN_FIELDS.filter((field) =>
    (exception.fields[field] === undefined ? event : exception.record).conflicts.includes(field)
  )
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

const sortKey = ({ span, title, id }: Occurrence): string => `${span.from} ${title} ${id}`
const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))
