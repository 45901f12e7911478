import { expect, test } from "vitest"
import { dueAt, nextRun, timingError } from "../../shared/sync/schedule.ts"

const at = (text: string): number => Date.parse(text)

test("[SYN-7] five cron fields in a time zone; daily 24:00 in Tokyo is 15:00 UTC", () => {
  const daily = { at: "0 0 * * *", tz: "Asia/Tokyo" }
  expect(nextRun(daily, at("2026-11-26T12:00:00Z"))).toBe(at("2026-11-26T15:00:00Z"))
  expect(nextRun({ at: "30 2 * * 1" }, at("2026-11-26T00:00:00Z"))).toBe(at("2026-11-30T02:30:00Z"))
  expect(nextRun({ at: "always" }, 0)).toBe(null)
})

test("[SYN-7] over the change to summer time a day has one run", () => {
  const daily = { at: "30 2 * * *", tz: "Europe/Berlin" }
  const first = nextRun(daily, at("2026-03-28T12:00:00Z")) ?? 0
  const second = nextRun(daily, first) ?? 0
  expect(second).toBeLessThanOrEqual(at("2026-03-30T01:00:00Z"))
})

test("[SYN-8] runs that were missed coalesce to one, at once; a coming one is spread by client", () => {
  const hourly = { at: "0 * * * *" }
  const now = at("2026-11-26T12:30:00Z")
  expect(dueAt(hourly, at("2026-11-20T12:00:00Z"), now, 0.5)).toBe(now)
  const last = at("2026-11-26T12:10:00Z")
  expect(dueAt(hourly, last, now, 0)).toBe(at("2026-11-26T13:00:00Z"))
  expect(dueAt(hourly, last, now, 0.5)).toBe(at("2026-11-26T13:00:30Z"))
})

test.each([
  ["0 24 * * *", undefined, "hour"],
  ["* * * * * *", undefined, "5 parts"],
  ["often", undefined, "five"],
  ["0 0 31 2 *", undefined, "never"],
  ["0 0 * * *", "Mars/Olympus", "Mars/Olympus"]
])("[SYN-7] a timing that is wrong says why: %s %s", (text, tz, why) => {
  expect(timingError({ at: text, ...(tz === undefined ? {} : { tz }) })).toContain(why)
})
