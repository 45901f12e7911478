// What anybody who may write can have written, by the API or past it: the calendar goes on for everybody else.
import { beforeEach, expect, test } from "vitest"
import * as yjs from "yjs"
import { eventRecords } from "../../examples/schedule/app/event.ts"
import { exportCalendar } from "../../examples/schedule/app/ics/export.ts"
import { exceptionId, exceptionRecords } from "../../examples/schedule/app/series/exceptions.ts"
import { occurrencesIn } from "../../examples/schedule/app/series/occurrence.ts"
import type { MemorySide } from "../support/memory-side.ts"
import { callJson, send, startsOf, twoSides } from "../support/team-calendar.ts"
import { contextOf } from "../support/app-context.ts"

let server: MemorySide
let id: string

beforeEach(async () => {
  ;({ server } = twoSides())
  const values = { title: "Lunch", date: "2026-11-23", start: "12:00" }
  id = (await callJson<{ id: string }>(server, "POST", "/api/events", values)).id
})

test.each([
  ["what never stood there", { date: "2026-11-23" }, { date: "2026-11-31" }],
  ["what was not written", {}, { date: "2026-11-23" }],
  ["a source that no file had", { source: null }, { source: "{" }],
  ["a zone that nobody gave", { zone: null }, { zone: "Nowhere" }]
])("[APP-80] an undo to %s is refused", async (_, wrote, before) => {
  const steps = [{ collection: "events", id, wrote, before }]
  const answer = await send(server, "POST", "/api/undo", JSON.stringify({ steps }))
  expect(answer.status).toBe(422)
  expect(await startsOf(server)).toEqual(["11-23T12:00 Lunch"])
})

const LUNCH = { title: "Lunch", date: "2026-11-23" }

test.each([
  ["a day that is none", { title: "Bad", date: "2026-11-31" }],
  ["a day that is none, at a time", { title: "Bad", date: "2026-11-31", start: "09:00" }],
  ["a time that is none", { title: "Bad", date: "2026-11-20", start: "soon" }],
  ["a rule that is none", { title: "Bad", date: "2026-11-20", repeat: "FREQ=SOMETIMES" }],
  ["a source that is none", { title: "Bad", date: "2026-11-20", source: "{" }]
])("[APP-80] an event with %s, as a foreign writer can leave it, takes nothing else along", (_, bad) => {
  const context = contextOf(new yjs.Doc())
  eventRecords(context).create(LUNCH, context)
  const badId = eventRecords(context).create(bad, context)
  const shown = occurrencesIn(context, "2026-11-01", "2026-12-02").filter(({ title }) => title === "Lunch")
  expect(shown).toHaveLength(1)
  const file = exportCalendar(context, "", "Main")
  expect(file).toContain("SUMMARY:Lunch")
  expect(file).not.toContain("SUMMARY:Bad")
  expect(file.replaceAll("\r\n ", "")).toContain(`X-LOCUM-LEFT-OUT;X-LOCUM-EVENT=${badId}:Bad`)
})

test("[APP-80] one time of a series that cannot be read leaves the others", () => {
  const context = contextOf(new yjs.Doc())
  const series = eventRecords(context).create({ ...LUNCH, repeat: "FREQ=DAILY;COUNT=3" }, context)
  const bad = { event: series, key: "20261124", date: "2026-11-31" }
  exceptionRecords(context).put(exceptionId(series, "20261124"), bad, context)
  expect(occurrencesIn(context, "2026-11-01", "2026-12-02").map(({ date }) => date)).toEqual([
    "2026-11-23",
    "2026-11-25"
  ])
  const file = exportCalendar(context, "", "Main")
  expect(file.match(/BEGIN:VEVENT/g)).toHaveLength(1)
  expect(file).toContain("X-LOCUM-LEFT-OUT")
})
