/**
 * Changes and deletions as people mean them: of this time of a series, of this and the following ones, or of all. Gives what takes the
 * change back. Each write takes its ids in an order that follows from the request and the series alone.
 */
import type { AppContext } from "../../../../shared/app/app.ts"
import { eventRecords, type EventChange } from "../event.ts"
import { zoneTextsOf } from "../ics/zone-texts.ts"
import { exceptionId } from "./exceptions.ts"
import { moveExceptions } from "./move-exceptions.ts"
import { findOccurrence, seriesOf, type Occurrence } from "./occurrence.ts"
import { startOf, type Series } from "./series.ts"
import { splitSeries } from "./split.ts"
import { writeStep, type Edited, type Step } from "./undo.ts"
import { shiftBetween, shifted, spanOf, whenOf, type When } from "./when.ts"

/** Which times of a series a change is about. */
export const SCOPES = ["one", "following", "all"] as const
export type Scope = (typeof SCOPES)[number]

/** What a change is about. */
export interface Target {
  readonly id: string
  /** The time of the series that was looked at; empty for an event that takes place once, and for the series itself. */
  readonly instance: string
  readonly scope: Scope
}

/** Fields by their names. */
type Given = Readonly<Record<string, string>>

/** Changes fields; a day or a time is meant as the new one of the time that was looked at. */
export function changeEvent(context: AppContext, target: Target, change: EventChange): Edited {
  const { id, instance, scope } = target
  const found = lookUp(context, target)
  if (!found) return null
  const { shown, series } = found
  const values = given(change)
  if (instance === "" || !series?.isRecurring) return { id, undo: writeStep(context, "events", id, values) }
  if (scope === "one") {
    const { repeat: _, ...own } = { ...wholeWhen(shown, values), ...values }
    return { id, undo: writeException(context, id, instance, own) }
  }
  if (scope === "following" && isLater(series, instance)) return splitSeries(context, shown, series, values)
  return { id, undo: changeAll(context, shown, series, values) }
}

/** Deletes. */
export function deleteEvent(context: AppContext, target: Target): Edited {
  const { id, instance, scope } = target
  const found = lookUp(context, target)
  if (!found) return null
  const { shown, series } = found
  if (instance !== "" && series?.isRecurring) {
    if (scope === "one") return { id, undo: writeException(context, id, instance, { skipped: true }) }
    if (scope === "following" && isLater(series, instance)) return splitSeries(context, shown, series, null)
  }
  eventRecords(context).remove(id, context)
  return { id, undo: [{ restore: id }] }
}

const isLater = (series: Series, instance: string): boolean => startOf(instance) !== series.span.from

/** The time that was looked at; its series is null when nobody can tell when it is. */
function lookUp(context: AppContext, { id, instance }: Target): { shown: Occurrence; series: Series | null } | null {
  const record = eventRecords(context).get(id)
  const shown = findOccurrence(context, id, instance)
  return record && shown ? { shown, series: seriesOf(record, zoneTextsOf(context)) } : null
}

/** The fields that were given; valibot leaves the others undefined or out. */
function given(change: EventChange): Record<string, string> {
  const fields = Object.entries(change).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return Object.fromEntries(fields)
}

const WHEN = ["date", "start", "endDate", "end", "zone"] as const
const isMoving = (values: Given): boolean => WHEN.some((field) => values[field] !== undefined)

/** One time that moves says all of when it is: half of it from elsewhere would be another time. */
function wholeWhen({ date, start, endDate, end, zone }: When, values: Given): Given {
  return isMoving(values) ? { date, start, endDate, end, zone } : {}
}

function writeException(
  context: AppContext,
  event: string,
  key: string,
  values: Readonly<Record<string, string | boolean>>
): readonly Step[] {
  return writeStep(context, "exceptions", exceptionId(event, key), { event, key, ...values })
}

/** The whole series moves as far as the time that was looked at does, and its exceptions with it. */
function changeAll(context: AppContext, shown: Occurrence, series: Series, values: Given): readonly Step[] {
  if (!isMoving(values)) return writeStep(context, "events", shown.id, values)
  const target = spanOf({ ...shown, ...values })
  const by = shiftBetween(shown.span.from, target.from)
  const from = startAt(shifted(fullTime(series.span.from), by), target.from)
  const to = shifted(from, shiftBetween(target.from, target.to))
  const when = whenOf({ from, to }, values["zone"] ?? shown.zone)
  const steps = writeStep(context, "events", shown.id, { ...values, ...when })
  return [
    ...steps,
    ...moveExceptions(context, shown.id, shown.id, (start) => startAt(shifted(fullTime(start), by), from))
  ]
}

const fullTime = (wall: string): string => (wall.length === 10 ? `${wall}T00:00:00` : wall)
/** A time as a day where the one that it follows is a day. */
const startAt = (time: string, like: string): string => time.slice(0, like.length)
