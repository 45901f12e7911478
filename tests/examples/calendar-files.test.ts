// Calendar files that others made (../shared/data/calendars, outside of the project): each one comes in as events or is refused
// with a line, and goes out as an equal calendar.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import ICAL from "ical.js"
import { describe, expect, test } from "vitest"
import * as yjs from "yjs"
import { calendarRecords, calendarsOf } from "../../examples/schedule/app/calendars.ts"
import { eventsOf } from "../../examples/schedule/app/all-events.ts"
import { eventRecords } from "../../examples/schedule/app/event.ts"
import { exportCalendar } from "../../examples/schedule/app/ics/export.ts"
import { importFile, type ImportResult } from "../../examples/schedule/app/ics/import.ts"
import { occurrencesIn, type Occurrence } from "../../examples/schedule/app/series/occurrence.ts"
import { exceptionRecords } from "../../examples/schedule/app/series/exceptions.ts"
import type { AppContext } from "../../shared/app/app.ts"
import { contextOf } from "../support/app-context.ts"
import { copyOf, mergeInto } from "../support/merging.ts"

const FILES = new URL("../../../shared/data/calendars/", import.meta.url)
const names = existsSync(FILES) ? readdirSync(FILES).filter((name) => name.endsWith(".ics")) : []
const read = (name: string): string => readFileSync(new URL(name, FILES), "utf8")

const NEW = { calendar: null, name: "File" }

/** What is in a calendar, its parts in no particular order. */
const content = (text: string): unknown => {
  const calendar = new ICAL.Component(ICAL.parse(text) as unknown[])
  const sorted = (parts: readonly { toJSON(): object }[]): string[] =>
    parts.map((part) => JSON.stringify(part)).toSorted()
  return { parts: sorted(calendar.getAllSubcomponents()), properties: sorted(calendar.getAllProperties()) }
}

const brought = (text: string, context = contextOf()): { result: ImportResult; context: AppContext } => ({
  result: importFile(context, text, NEW),
  context
})
const calendarIn = ({ result }: { result: ImportResult }): string => {
  if (!result.ok) throw new Error(result.error)
  return result.calendar
}
const timesOf = (context: AppContext, from: string, to: string): (readonly [string, string])[] =>
  occurrencesIn(context, from, to).map(({ span, title }: Occurrence) => [span.from, title])

describe.runIf(names.length > 0)("files of others", () => {
  test.each(names)("[APP-72] %s comes in as events, and goes out equal", (name) => {
    const text = read(name)
    const file = brought(text)
    expect(file.result).toMatchObject({ ok: true, events: text.match(/BEGIN:VEVENT/g)?.length ?? 0 })
    const calendar = calendarIn(file)
    expect(content(exportCalendar(file.context, calendar, "x"))).toEqual(content(text))
    const again = brought(exportCalendar(file.context, calendar, "x"))
    expect(content(exportCalendar(again.context, calendarIn(again), "x"))).toEqual(content(text))
  })

  test("[APP-72] a series comes in with its moved, extra and left-out times", () => {
    const { context } = brought(read("icaljs_recur_instances.ics"))
    expect(timesOf(context, "2012-10-01", "2013-07-01").map(([from]) => from)).toEqual([
      "2012-10-02T15:00:00", // moved from 10:00
      "2012-11-06T10:00:00",
      "2012-11-06T20:00:00", // moved from the 5th
      "2012-11-10T10:00:00",
      "2012-11-30T10:00:00",
      "2013-01-01T10:00:00",
      "2013-03-05T10:00:00",
      "2013-05-07T10:00:00",
      "2013-06-04T10:00:00"
    ])
  })

  test("[APP-72] a zone that only the file knows is kept and used", () => {
    const { context } = brought(read("icaljs_timezone_from_file.ics"))
    expect(occurrencesIn(context, "2023-03-01", "2023-04-01")).toMatchObject([
      { zone: "Nowhere/Middle", start: "13:42", startsAt: "2023-03-06T21:23:00Z" }
    ])
  })

  test("[APP-72] a day that is left out of a series of times is left out", () => {
    const { context } = brought(read("icaljs_rdate_exdate.ics"))
    expect(timesOf(context, "2024-06-01", "2024-07-01").map(([from]) => from.slice(0, 10))).toEqual([
      "2024-06-09",
      "2024-06-10",
      "2024-06-12"
    ])
  })
})

const event = (...lines: readonly string[]): string =>
  ["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", ...lines, "END:VEVENT", "END:VCALENDAR"].join("\r\n")

test.each([
  ["", "line 1: this is no calendar file (it must begin with BEGIN:VCALENDAR, once)"],
  ["hello", 'line 1: invalid line (no token ";" or ":") "hello"'],
  [
    event("SUMMARY:x", "DTSTART:20261123T090000", "what is this"),
    'line 6: invalid line (no token ";" or ":") "what is this"'
  ],
  [event("SUMMARY:x"), "line 3: this event cannot be read: it has no start (DTSTART)"],
  [event("DTSTART:20261340T090000"), "line 3: this event cannot be read: "],
  [event("DTSTART:20261123T090000", "RRULE:FREQ=SOMETIMES"), "line 5: "],
  ["BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20261123", "line 3: "]
])("[APP-72] what cannot be read is refused with its line, and nothing of it is written (%#)", (text, message) => {
  const { result, context } = brought(text)
  expect(result.ok ? "ok" : result.error).toContain(message)
  expect([eventsOf(context), calendarsOf(context, "Main").length]).toEqual([[], 1])
})

test("[APP-73] what people change of an imported event goes out changed, all else as it came in", () => {
  const text = event(
    "UID:a1",
    "DTSTAMP:20260101T000000Z",
    "SUMMARY:Lunch",
    "DTSTART;TZID=Europe/Berlin:20261123T120000",
    "DURATION:PT1H",
    "ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@b.c",
    "X-MINE:7"
  )
  const file = brought(text)
  const [lunch] = eventsOf(file.context)
  expect(lunch).toMatchObject({ start: "12:00", end: "13:00", zone: "Europe/Berlin" })
  eventRecords(file.context).update(lunch?.id ?? "", { title: "Late lunch", start: "13:00", end: "14:00" }, contextOf())
  const out = exportCalendar(file.context, calendarIn(file), "x")
  for (const line of [
    "SUMMARY:Late lunch",
    "DTSTART;TZID=Europe/Berlin:20261123T130000",
    "DTEND;TZID=Europe/Berlin:20261123T140000",
    "ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@b.c",
    "X-MINE:7",
    "TZID:Europe/Berlin"
  ])
    expect(out.split("\r\n")).toContain(line)
  expect(out).not.toContain("DURATION")
})

test("[APP-73] the same file brought in on two sides is there once after the merge, and once more changes nothing", () => {
  const text = event("UID:a1", "SUMMARY:Lunch", "DTSTART;VALUE=DATE:20261123", "RRULE:FREQ=DAILY;COUNT=3")
  const here = new yjs.Doc()
  const there = copyOf(here)
  for (const doc of [here, there]) importFile(contextOf(doc), text, { calendar: "", name: "" })
  const merged = contextOf(mergeInto(here, there))
  importFile(merged, text, { calendar: "", name: "" })
  expect(eventsOf(merged)).toMatchObject([{ title: "Lunch", conflicts: [] }])
  expect(timesOf(merged, "2026-11-01", "2026-12-01")).toHaveLength(3)
  expect(exceptionRecords(merged).list()).toEqual([])
})

const titlesIn = (context: AppContext): readonly string[] =>
  eventsOf(context)
    .map(({ title }) => title)
    .toSorted()
const vevents = (...events: readonly (readonly string[])[]): string =>
  ["BEGIN:VCALENDAR", ...events.flatMap((lines) => ["BEGIN:VEVENT", ...lines, "END:VEVENT"]), "END:VCALENDAR"].join(
    "\r\n"
  )
const MAIN = { calendar: "", name: "" }
const DAY = "DTSTART;VALUE=DATE:20261123"

test("[APP-73] events without a UID, from two files, are two events; each file once more changes nothing", () => {
  const context = contextOf()
  for (const title of ["Lunch", "Dinner", "Lunch"]) importFile(context, event(`SUMMARY:${title}`, DAY), MAIN)
  expect(titlesIn(context)).toEqual(["Dinner", "Lunch"])
})

test.each([
  ["of one UID", ["UID:a1", "SUMMARY:A", DAY], ["UID:a1", "SUMMARY:B", DAY]],
  ["without a UID", ["SUMMARY:A", DAY], ["SUMMARY:B", DAY]],
  ["the very same", ["UID:a1", "SUMMARY:A", DAY], ["UID:a1", "SUMMARY:A", DAY]],
  [
    "of a series that is not in the file",
    ["UID:a1", "SUMMARY:A", DAY, "RECURRENCE-ID;VALUE=DATE:20261123"],
    ["UID:a1", "SUMMARY:B", DAY, "RECURRENCE-ID;VALUE=DATE:20261124"]
  ]
])(
  "[APP-73] two events %s stay two when the file is brought in again with another before them, in another order",
  (_, one, other) => {
    const context = contextOf()
    importFile(context, vevents(one, other), MAIN)
    const titles = titlesIn(context)
    expect(titles).toHaveLength(2)
    importFile(context, vevents(["UID:z9", "SUMMARY:Z", DAY], other, one), MAIN)
    expect(titlesIn(context)).toEqual([...titles, "Z"])
  }
)

test("[APP-73] the same file brought in on two sides as a new calendar is one calendar, which keeps the name that people gave it", () => {
  const text = event("UID:a1", "SUMMARY:Lunch", DAY)
  const here = new yjs.Doc()
  const there = copyOf(here)
  const calendars = [here, there].map((doc) => calendarIn(brought(text, contextOf(doc))))
  const merged = contextOf(mergeInto(here, there))
  expect([titlesIn(merged), calendarsOf(merged, "Main").length]).toEqual([["Lunch"], 2])
  const [id = ""] = calendars
  calendarRecords(merged).put(id, { name: "Journeys" }, merged)
  brought(text, merged)
  expect(calendarsOf(merged, "Main")).toMatchObject([{}, { id, name: "Journeys" }])
  calendarRecords(merged).remove(id, merged)
  brought(text, merged)
  expect(calendarsOf(merged, "Main")).toMatchObject([{}, { id }])
})

test("[APP-72] a file for a calendar that is not there is refused", () => {
  const context = contextOf()
  const result = importFile(context, event("UID:a1", DAY), { calendar: "nowhere", name: "" })
  expect(result).toEqual({ ok: false, error: "there is no calendar nowhere" })
  expect(eventsOf(context)).toEqual([])
})
