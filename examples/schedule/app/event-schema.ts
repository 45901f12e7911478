/** The fields of an event as people and scripts give them, each with what is asked of it. */
import * as v from "valibot"
import { Temporal } from "temporal-polyfill"
import { isRule } from "./series/rule.ts"
import { isIanaZone } from "./series/zone.ts"

const line = v.pipe(v.string(), v.trim(), v.maxLength(200, "is longer than 200 characters"))
const time = v.pipe(v.string(), v.trim(), v.regex(/^(?:(?:[01]\d|2[0-3]):[0-5]\d)?$/, "must be a time such as 09:30"))
/** Whether a text is a day of the calendar. */
export const isDay = (text: string): boolean => {
  try {
    Temporal.PlainDate.from(text, { overflow: "reject" })
    return true
  } catch (cause) {
    if (cause instanceof RangeError) return false
    throw cause
  }
}
const day = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\d$/, "must be a day such as 2026-11-23"),
  v.check(isDay, "is no day")
)

/** Every field that a caller may give. */
export const eventFields = {
  title: v.pipe(line, v.nonEmpty("must not be empty")),
  date: day,
  start: time,
  /** The last day, when it is not the first. */
  endDate: v.union([v.literal(""), day], "must be a day such as 2026-11-23"),
  end: time,
  /** An IANA name; empty: at that time on every clock. A zone that a file defined may stay, but cannot be given. */
  zone: v.pipe(
    line,
    v.check((name) => name === "" || isIanaZone(name), "is no time zone such as Europe/Berlin")
  ),
  place: line,
  notes: v.pipe(v.string(), v.maxLength(200_000, "is longer than 200,000 characters")),
  repeat: v.pipe(
    line,
    v.check((text) => text === "" || isRule(text), "is no rule such as FREQ=WEEKLY;BYDAY=MO")
  ),
  reminder: v.pipe(v.string(), v.trim(), v.regex(/^\d{0,5}$/, "must be a number of minutes")),
  /** The id of one of the calendars in this document; empty: the main one. */
  calendar: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{0,100}$/, "is no calendar")),
  /** Whatever a caller wants to find again; kept like every other field. */
  token: line
}

/** The fields that people see and change. */
export const SHOWN_FIELDS = [
  "title",
  "date",
  "start",
  "endDate",
  "end",
  "zone",
  "place",
  "notes",
  "repeat",
  "reminder",
  "calendar"
] as const

/** Whether a field is one that people see. */
export const isShownField = (field: string): boolean => SHOWN_FIELDS.some((shown) => shown === field)
