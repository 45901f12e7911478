/** What the calendar's API tells of events at their times, and how FullCalendar wants it. */
import type { EventApi, EventInput } from "fullcalendar"
import * as v from "valibot"
import { COLOURS } from "./look.ts"

const Occurrence = v.object({
  id: v.string(),
  instance: v.string(),
  title: v.string(),
  date: v.string(),
  start: v.string(),
  endDate: v.string(),
  end: v.string(),
  zone: v.string(),
  place: v.string(),
  repeat: v.string(),
  reminder: v.string(),
  calendar: v.string(),
  conflicts: v.array(v.string()),
  span: v.object({ from: v.string(), to: v.string() }),
  startsAt: v.string(),
  endsAt: v.string()
})
/** An event at one of its times. */
export type Occurrence = v.InferOutput<typeof Occurrence>

const CalendarInfo = v.object({ id: v.string(), name: v.string(), colour: v.string(), team: v.string() })
/** A calendar of a document, or a team's that is to be seen along. */
export type CalendarInfo = v.InferOutput<typeof CalendarInfo>

/** The answer of `api/occurrences`. */
export const Times = v.object({
  calendars: v.array(CalendarInfo),
  occurrences: v.array(Occurrence)
})
export type Times = v.InferOutput<typeof Times>

/** An occurrence, and under which base its calendar lies. */
export interface Placed {
  readonly base: string
  readonly occurrence: Occurrence
}

/** Where the event has its page. */
export const addressOf = ({ base, occurrence: { id, instance } }: Placed): string =>
  `${base}/events/${id}${instance === "" ? "" : `?instance=${instance}`}`

/** What FullCalendar draws. `colour` is the calendar's, by name. */
export function toEventInput(placed: Placed, colour: string): EventInput {
  const { occurrence } = placed
  const { title, span, startsAt, endsAt, conflicts, start } = occurrence
  return {
    id: keyOf(placed),
    title: conflicts.length > 0 ? `${title} (several versions)` : title,
    start: startsAt === "" ? span.from : startsAt,
    end: endsAt === "" ? span.to : endsAt,
    allDay: start === "",
    url: addressOf(placed),
    color: COLOURS[colour] ?? "",
    class: conflicts.length > 0 ? "chip two" : "chip",
    extendedProps: { placed }
  }
}

/** One name for an event at one of its times. */
export const keyOf = ({ base, occurrence: { id, instance } }: Placed): string => `${base} ${id} ${instance}`

/** What an event of FullCalendar stands for. */
export const placedOf = (event: EventApi): Placed => event.extendedProps["placed"] as Placed // put there by toEventInput
