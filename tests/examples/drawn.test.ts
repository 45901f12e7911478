// What is dragged or drawn longer in the view, in the words of the event's fields.
import { expect, test } from "vitest"
import { whenOf } from "../../examples/schedule/page/view/drawn.ts"

const drawn = (startStr: string, endStr: string, allDay = false): Parameters<typeof whenOf>[0] => ({
  startStr,
  endStr,
  allDay
})
const SPAN = { from: "2026-11-23T09:30:00", to: "2026-11-23T10:00:00" }
const BEFORE = drawn("2026-11-23T17:30:00+01:00", "2026-11-23T18:00:00+01:00")

test.each([
  ["", { date: "2026-11-24", start: "19:00", endDate: "", end: "19:30" }],
  ["America/New_York", { date: "2026-11-24", start: "13:00", endDate: "", end: "13:30" }],
  ["Nowhere/Middle", { date: "2026-11-24", start: "11:00", endDate: "", end: "11:30" }]
])("[APP-75] an event in the zone %j is moved by a day and an hour and a half", (zone, expected) => {
  const now = drawn("2026-11-24T19:00:00+01:00", "2026-11-24T19:30:00+01:00")
  expect(whenOf(now, BEFORE, { zone, span: SPAN })).toEqual(expected)
})

test("[APP-75] drawn over midnight in a zone of a file; without an end; to whole days", () => {
  const known = { zone: "Nowhere/Middle", span: { from: "2026-11-23T23:00:00", to: "2026-11-23T23:00:00" } }
  const point = drawn("2026-11-23T17:30:00+01:00", "")
  const longer = drawn("2026-11-23T17:30:00+01:00", "2026-11-23T18:30:00+01:00")
  expect(whenOf(longer, point, known)).toEqual({
    date: "2026-11-23",
    start: "23:00",
    endDate: "2026-11-24",
    end: "00:00"
  })
  expect(whenOf(drawn("2026-11-24T17:30:00+01:00", ""), point, known)).toMatchObject({ date: "2026-11-24", end: "" })
  expect(whenOf(drawn("2026-11-25", "", true), point, known)).toEqual({
    date: "2026-11-25",
    start: "",
    endDate: "",
    end: ""
  })
})
