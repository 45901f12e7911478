/** Months and days as plain text (`2026-11`, `2026-11-23`), by Temporal. Weeks begin on Monday. */
import { Temporal } from "temporal-polyfill"

/** Made once: making one costs a hundred times what using it costs. */
const MONTH_NAME = new Intl.DateTimeFormat("en", { month: "long", year: "numeric", timeZone: "UTC" })
const DAY_NAME = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" })

const TIME_NAME = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  timeZone: "UTC"
})

/** The day of an instant, in UTC. */
export const dayOf = (instant: Date): string => instant.toISOString().slice(0, 10)

/** The month that a text names, or that of a day when it names none. */
export function readMonth(text: string | undefined, today: string): string {
  return text !== undefined && /^(?:19|20|21)\d\d-(?:0[1-9]|1[0-2])$/.test(text) ? text : today.slice(0, 7)
}

/** The month so many months after another. */
export const addMonths = (month: string, count: number): string =>
  Temporal.PlainYearMonth.from(month).add({ months: count }).toString()

/** `November 2026`. */
export const monthName = (month: string): string => MONTH_NAME.format(new Date(`${month}-01T00:00:00Z`))

/** `Monday, 23 November`. */
export const dayName = (day: string): string => DAY_NAME.format(new Date(`${day}T00:00:00Z`))

/** `23 Nov 2026, 10:05 UTC`. */
export const timeName = (instant: string): string => `${TIME_NAME.format(new Date(instant))} UTC`

/** The weeks that a month touches, seven days each, Monday first. */
export function weeksOf(month: string): readonly (readonly string[])[] {
  const first = Temporal.PlainYearMonth.from(month).toPlainDate({ day: 1 })
  const last = first.with({ day: first.daysInMonth })
  const weeks: string[][] = []
  for (
    let monday = first.subtract({ days: first.dayOfWeek - 1 });
    Temporal.PlainDate.compare(monday, last) <= 0;
    monday = monday.add({ weeks: 1 })
  )
    weeks.push(Array.from({ length: 7 }, (_, index) => monday.add({ days: index }).toString()))
  return weeks
}
