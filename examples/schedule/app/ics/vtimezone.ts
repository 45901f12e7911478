/** The definition of an IANA zone for a file: its changes of offset as Temporal tells them, for the years that the file is about. */
import ICAL from "ical.js"
import { Temporal } from "temporal-polyfill"
import { isIanaZone } from "../series/zone.ts"

/** Series go on behind their first year: so many years are told. */
const YEARS_AFTER = 10

/** A VTIMEZONE; undefined when no such zone is known. */
export function vtimezoneOf(name: string, firstYear: number, lastYear: number): ICAL.Component | undefined {
  if (!isIanaZone(name)) return undefined
  const zone = new ICAL.Component("vtimezone")
  zone.addPropertyWithValue("tzid", name)
  const begin = Temporal.PlainDate.from({ year: firstYear, month: 1, day: 1 }).toZonedDateTime(name)
  zone.addSubcomponent(observance(begin, begin))
  const isWanted = (at: Temporal.ZonedDateTime | null): at is Temporal.ZonedDateTime =>
    at !== null && at.year <= lastYear + YEARS_AFTER
  for (let at = begin.getTimeZoneTransition("next"); isWanted(at); at = at.getTimeZoneTransition("next"))
    zone.addSubcomponent(observance(at, at.subtract({ nanoseconds: 1 })))
  return zone
}

/** From when on which offset holds; the time stands on the clocks of before. */
function observance(at: Temporal.ZonedDateTime, before: Temporal.ZonedDateTime): ICAL.Component {
  const component = new ICAL.Component(at.offsetNanoseconds > before.offsetNanoseconds ? "daylight" : "standard")
  const wall = at.withTimeZone(before.offset).toPlainDateTime().toString({ smallestUnit: "second" })
  component.addPropertyWithValue("dtstart", ICAL.Time.fromDateTimeString(wall))
  component.addPropertyWithValue("tzoffsetfrom", ICAL.UtcOffset.fromString(before.offset))
  component.addPropertyWithValue("tzoffsetto", ICAL.UtcOffset.fromString(at.offset))
  return component
}
