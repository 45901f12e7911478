/**
 * Time zones: those that the platform knows by their IANA name, and those that a file defined by a VTIMEZONE of its own. All
 * calendar mathematics is Temporal's or ical.js's.
 */
import ICAL from "ical.js"
import { Temporal } from "temporal-polyfill"

/** Where wall-clock times (`2026-11-23T09:30:00`) become instants (`2026-11-23T08:30:00Z`) and back. */
export interface Zone {
  toInstant(wall: string): string
  toWall(instant: string): string
}

/** Zones that are no IANA ones, by their name: the text of their VTIMEZONE. */
export type ZoneTexts = ReadonlyMap<string, string>

const known = new Map<string, Zone>()

/** Whether a text is the name of an IANA zone. */
export const isIanaZone = (name: string): boolean => ianaZone(name) !== null

/** The zone of a name; undefined for none, and for one that nobody defined: times then stand as they are on every clock. */
export function zoneOf(name: string, texts: ZoneTexts): Zone | undefined {
  if (name === "") return undefined
  const text = texts.get(name)
  return ianaZone(name) ?? (text === undefined ? undefined : fileZone(text))
}

/** Names come from people: what is kept is bounded by the number of real zones. */
function ianaZone(name: string): Zone | null {
  const zone = known.get(name) ?? (hasZone(name) ? makeIanaZone(name) : null)
  if (zone) known.set(name, zone)
  return zone
}

function hasZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(name)) return false
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name)
    return true
  } catch (cause) {
    if (cause instanceof RangeError) return false
    throw cause
  }
}

const makeIanaZone = (name: string): Zone => ({
  toInstant: (wall) => Temporal.PlainDateTime.from(wall).toZonedDateTime(name).toInstant().toString(),
  toWall: (instant) => wallText(Temporal.Instant.from(instant).toZonedDateTimeISO(name).toPlainDateTime())
})

/** A wall-clock time to the second. */
const wallText = (time: Temporal.PlainDateTime): string => time.toString({ smallestUnit: "second" })

/** What a file says of a zone, as ical.js reads it. */
function fileZone(text: string): Zone | undefined {
  const component = new ICAL.Component(JSON.parse(text) as unknown[]) // Written by the import alone; ical.js checks on use.
  const zone = new ICAL.Timezone(component)
  const moved = (wall: string, from: ICAL.Timezone, to: ICAL.Timezone): string => {
    const time = ICAL.Time.fromString(wall.replace(/Z$/, ""), null)
    time.zone = from
    return time.convertToZone(to).toString()
  }
  return {
    toInstant: (wall) => moved(wall, zone, ICAL.Timezone.utcTimezone),
    toWall: (instant) => moved(instant, ICAL.Timezone.utcTimezone, zone).replace(/Z$/, "")
  }
}
