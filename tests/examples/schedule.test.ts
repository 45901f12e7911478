import { expect, test } from "vitest"
import type { CalendarEvent } from "../../examples/schedule/app/event.ts"
import { addMonths, dayName, monthName, readMonth, weeksOf } from "../../examples/schedule/app/month.ts"
import { searchExact } from "../../examples/schedule/app/search-exact.ts"
import { search } from "../../examples/schedule/app/search.ts"
import { app as release1 } from "../../examples/schedule/release-1.ts"
import { app as release2 } from "../../examples/schedule/release-2.ts"
import { service } from "../../examples/schedule/service.ts"
import { readService } from "../../shared/app/service.ts"

const event = (title: string, place = ""): CalendarEvent => ({
  id: title,
  title,
  date: "2026-11-23",
  start: "",
  endDate: "",
  end: "",
  zone: "",
  place,
  notes: "",
  repeat: "",
  reminder: "",
  calendar: "",
  conflicts: []
})
const events = [event("Team Lunch", "Canteen"), event("Review")]
const found = (find: typeof search, query: string): string[] =>
  find(events, `http://service.test/calendar/search/?q=${query}`).map(({ title }) => title)

test("[APP-67] release 1.0.0 has a fault in its search: words joined by + and small letters find nothing", () => {
  expect(found(searchExact, "Team+Lunch")).toEqual([])
  expect(found(searchExact, "lunch")).toEqual([])
  expect(found(searchExact, "Lunch")).toEqual(["Team Lunch"])
})

test("[APP-67] release 2.0.0 mends it", () => {
  for (const query of ["Team+Lunch", "lunch", "Lunch", "lunch%20team", "canteen+LUNCH"])
    expect(found(search, query)).toEqual(["Team Lunch"])
  expect(found(search, "")).toEqual([])
  expect(found(search, "dinner")).toEqual([])
})

test("[APP-11] the schedule's definition is a service, its releases say who they are", () => {
  expect(readService(service)).toMatchObject({ ok: true })
  expect([release1, release2].map(({ name, version, schema }) => [name, version, schema])).toEqual([
    ["schedule", "1.0.0", 1],
    ["schedule", "2.0.0", 1]
  ])
})

test("[APP-60] a month is whole weeks from Monday on", () => {
  expect(weeksOf("2026-11")).toHaveLength(6)
  expect(weeksOf("2026-11")[0]).toEqual([
    "2026-10-26",
    "2026-10-27",
    "2026-10-28",
    "2026-10-29",
    "2026-10-30",
    "2026-10-31",
    "2026-11-01"
  ])
  expect(weeksOf("2027-02")).toHaveLength(4)
  expect([addMonths("2026-12", 1), addMonths("2026-01", -1)]).toEqual(["2027-01", "2025-12"])
  expect([readMonth("2026-13", "2026-11-23"), readMonth(undefined, "2026-11-23"), readMonth("2026-02", "")]).toEqual([
    "2026-11",
    "2026-11",
    "2026-02"
  ])
  expect([monthName("2026-02"), dayName("2026-11-23")]).toEqual(["February 2026", "Monday 23 November"])
})
