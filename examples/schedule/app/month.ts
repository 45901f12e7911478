/** Months and days of the proleptic Gregorian calendar, as plain text: `2026-11`, `2026-11-23`. Weeks begin on Monday. */

const DAY_MS = 24 * 60 * 60 * 1000

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
export function addMonths(month: string, count: number): string {
  const [year, number] = month.split("-").map(Number)
  return dayOf(new Date(Date.UTC(year ?? 0, (number ?? 1) - 1 + count, 1))).slice(0, 7)
}

/** `November 2026`. */
export function monthName(month: string): string {
  return MONTH_NAME.format(firstDay(month))
}

/** `Monday, 23 November`. */
export function dayName(day: string): string {
  return DAY_NAME.format(new Date(`${day}T00:00:00Z`))
}

/** `23 Nov 2026, 10:05 UTC`. */
export function timeName(instant: string): string {
  return `${TIME_NAME.format(new Date(instant))} UTC`
}

/** The weeks that a month touches, seven days each, Monday first. */
export function weeksOf(month: string): readonly (readonly string[])[] {
  const first = firstDay(month)
  const monday = first.getTime() - ((first.getUTCDay() + 6) % 7) * DAY_MS
  const weeks: string[][] = []
  for (let start = monday; weeks.length === 0 || dayOf(new Date(start)).startsWith(month); start += 7 * DAY_MS) {
    weeks.push(Array.from({ length: 7 }, (_, index) => dayOf(new Date(start + index * DAY_MS))))
  }
  return weeks
}

const firstDay = (month: string): Date => new Date(`${month}-01T00:00:00Z`)
