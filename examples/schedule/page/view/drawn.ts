/** When an event is that was moved or drawn longer in the view, in the words of its fields. */
import { Temporal } from "temporal-polyfill"

/** The fields that say when an event is. */
export interface When {
  readonly date: string
  readonly start: string
  readonly endDate: string
  readonly end: string
}

/** An event as FullCalendar shows it (an EventApi is one): the times as the view writes them, `2026-11-23T09:30:00+01:00`. */
export interface Drawn {
  readonly startStr: string
  readonly endStr: string
  readonly allDay: boolean
}

/** What the calendar says of the same event. */
export interface Known {
  readonly zone: string
  readonly span: { readonly from: string; readonly to: string }
}

/**
 * When the view shows an event now, on the clocks of its own zone. A zone that only a file defined is known to the calendar and not
 * here: on its clocks the event moves as far as on the view's.
 */
export function whenOf(now: Drawn, before: Drawn, { zone, span }: Known): When {
  const [from, to] = timesOf(now)
  if (now.allDay || before.allDay || zone === "" || isKnown(zone)) return whenBetween(from, to, now.allDay, zone)
  const [oldFrom, oldTo] = timesOf(before)
  return whenBetween(movedLike(span.from, oldFrom, from), movedLike(span.to, oldTo, to), false, "")
}

/** The fields that say from when to when; whole days end with the day before `to`. */
export function whenBetween(from: string, to: string, allDay: boolean, zone: string): When {
  if (allDay) {
    const date = from.slice(0, 10)
    const last = Temporal.PlainDate.from(to.slice(0, 10)).subtract({ days: 1 }).toString()
    return { date, start: "", endDate: last === date ? "" : last, end: "" }
  }
  const [first, last] = [wallOf(from, zone), wallOf(to, zone)]
  const [date, endDate] = [first.toPlainDate().toString(), last.toPlainDate().toString()]
  const end = first.equals(last) ? "" : timeOf(last)
  return { date, start: timeOf(first), endDate: endDate === date ? "" : endDate, end }
}

/** Begin and end; what is drawn without an end lasts a day, or no time. */
function timesOf({ startStr, endStr, allDay }: Drawn): readonly [from: string, to: string] {
  return [startStr, endStr === "" ? (allDay ? nextDay(startStr) : startStr) : endStr]
}

const nextDay = (day: string): string => Temporal.PlainDate.from(day.slice(0, 10)).add({ days: 1 }).toString()
const timeOf = (wall: Temporal.PlainDateTime): string => wall.toString({ smallestUnit: "minute" }).slice(11)
const asWritten = (text: string): Temporal.PlainDateTime => Temporal.PlainDateTime.from(text.replace(/Z$/, ""))

/** A time, moved as far as another one was. */
const movedLike = (wall: string, before: string, now: string): string =>
  asWritten(wall)
    .add(asWritten(before).until(asWritten(now), { largestUnit: "day" }))
    .toString()

/** A time as the view writes it on an event's clocks; without a zone it is as written. */
function wallOf(text: string, zone: string): Temporal.PlainDateTime {
  if (zone === "" || !/(?:Z|[+-]\d\d:\d\d)$/.test(text)) return asWritten(text)
  return Temporal.Instant.from(text).toZonedDateTimeISO(zone).toPlainDateTime()
}

function isKnown(zone: string): boolean {
  try {
    Temporal.Now.zonedDateTimeISO(zone)
    return true
  } catch (cause) {
    if (cause instanceof RangeError) return false
    throw cause
  }
}
