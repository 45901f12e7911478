/** The calendars that the view shows together: those of the page's document, and teams' that are to be seen along. */
import type { EventInput } from "fullcalendar"
import { Temporal } from "temporal-polyfill"
import { fetchTimes } from "./api.ts"
import { toEventInput, type CalendarInfo, type Placed, type Times } from "./occurrence.ts"

/** One calendar that can be shown or not. */
export interface Shown {
  readonly base: string
  readonly info: CalendarInfo
}

/** All that was fetched for a part of the calendar. */
export interface Fetched {
  readonly events: readonly Placed[]
  readonly calendars: readonly Shown[]
  /** Teams whose calendar could not be had, with why. */
  readonly missing: readonly string[]
}

/** One's own calendar sees teams' along; a team's page shows the team's. */
export async function fetchAll(base: string, from: string, to: string): Promise<Fetched> {
  const own = await fetchTimes(base, from, to)
  const teams = own.calendars.filter(({ team }) => team !== "")
  const others = await Promise.allSettled(teams.map((info) => fetchTeam(info, from, to)))
  const found = others.flatMap((other) => (other.status === "fulfilled" ? [other.value] : []))
  const missing = others.flatMap((other, index) =>
    other.status === "rejected" ? [`${teams[index]?.name ?? ""}: ${String(other.reason)}`] : []
  )
  return {
    events: [...placed(base, own), ...found.flatMap(({ at, times }) => placed(at, times))],
    calendars: [
      ...own.calendars.filter(({ team }) => team === "").map((info) => ({ base, info })),
      ...found.map(({ at, info }) => ({ base: at, info }))
    ],
    missing
  }
}

async function fetchTeam(
  info: CalendarInfo,
  from: string,
  to: string
): Promise<{ at: string; times: Times; info: CalendarInfo }> {
  const at = `/calendar/team/${encodeURIComponent(info.team)}`
  return { at, times: await fetchTimes(at, from, to), info }
}

const placed = (base: string, { occurrences }: Times): readonly Placed[] =>
  occurrences.map((occurrence) => ({ base, occurrence }))

/** A day more on both sides: a time of another zone may lie on another day here. */
export function widened(start: Date, end: Date): readonly [from: string, to: string] {
  const day = (date: Date, days: number): string =>
    Temporal.Instant.fromEpochMilliseconds(date.getTime())
      .toZonedDateTimeISO("UTC")
      .add({ days })
      .toPlainDate()
      .toString()
  return [day(start, -1), day(end, 2)]
}

/** Which calendar of those shown an event is in. */
export const calendarOf = ({ base, occurrence }: Placed, calendars: readonly Shown[]): Shown | undefined =>
  calendars.find((shown) => shown.base === base && (shown.info.team !== "" || shown.info.id === occurrence.calendar)) ??
  calendars.find((shown) => shown.base === base)

/** What FullCalendar draws: the events of the calendars that are not hidden. */
export function toInputs({ events, calendars }: Fetched, hidden: ReadonlySet<string>): EventInput[] {
  return events.flatMap((event) => {
    const calendar = calendarOf(event, calendars)
    return calendar && hidden.has(nameOf(calendar)) ? [] : [toEventInput(event, calendar?.info.colour ?? "blue")]
  })
}

/** One name for a calendar. */
export const nameOf = ({ base, info }: Shown): string => `${base} ${info.team === "" ? info.id : ""}`
