/** Reads the text of an .ics file with ical.js, and finds the line of what it refuses. */
import ICAL from "ical.js"

/** A file that could be read. */
export interface IcsFile {
  readonly ok: true
  readonly calendar: ICAL.Component
  /** The line at which each VEVENT begins, from 1 on. */
  readonly eventLines: readonly number[]
}

/** Why a file cannot be read, with the line. */
export interface Unreadable {
  readonly ok: false
  readonly error: string
}

const UNFINISHED = /component began but did not end/

/** Reads one calendar. */
export function readFile(text: string): IcsFile | Unreadable {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/)
  const parsed = parse(lines.join("\r\n"))
  if (typeof parsed === "string") return { ok: false, error: `line ${badLine(lines)}: ${parsed}` }
  const [name] = parsed
  if (name !== "vcalendar")
    return {
      ok: false,
      error: `line ${firstLine(lines)}: this is no calendar file (it must begin with BEGIN:VCALENDAR, once)`
    }
  const eventLines = lines.flatMap((line, index) => (/^BEGIN:VEVENT\s*$/i.test(line) ? index + 1 : []))
  return { ok: true, calendar: new ICAL.Component(parsed), eventLines }
}

/** jCal, or what is wrong. */
function parse(text: string): unknown[] | string {
  try {
    const parsed: unknown = ICAL.parse(text)
    return Array.isArray(parsed) ? parsed : "there is nothing in this file"
  } catch (cause) {
    if (cause instanceof Error) return cause.message
    throw cause
  }
}

/** The first line up to which the file cannot be read: before it, only its end is missing. Found by halving. */
function badLine(lines: readonly string[]): number {
  const isBad = (count: number): boolean => {
    const parsed = parse(lines.slice(0, count).join("\r\n"))
    return typeof parsed === "string" && !UNFINISHED.test(parsed)
  }
  let [good, bad] = [0, lines.length]
  if (!isBad(bad)) return bad
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2)
    if (isBad(middle)) bad = middle
    else good = middle
  }
  return bad
}

const firstLine = (lines: readonly string[]): number =>
  Math.max(
    0,
    lines.findIndex((line) => line.trim() !== "")
  ) + 1
