// Days begin and end on an event's own clocks: what lies at midnight, and the last day of a series.
import { beforeEach, expect, test } from "vitest"
import type { MemorySide } from "../support/memory-side.ts"
import { callJson, send, timesOf, twoSides } from "../support/team-calendar.ts"

let server: MemorySide
beforeEach(() => {
  ;({ server } = twoSides())
})

const create = async (values: object): Promise<string> =>
  (await callJson<{ id: string }>(server, "POST", "/api/events", { title: "Late", date: "2026-11-23", ...values })).id
const page = async (path: string): Promise<string> => (await send(server, "GET", path)).text()
const chips = async (month: string): Promise<number> =>
  (await page(`/?month=${month}`)).match(/class="chip [^"]*"/g)?.length ?? 0
const starts = async (): Promise<readonly string[]> =>
  (await timesOf(server, "2026-11-01", "2027-01-01")).map(({ span }) => span.from)

test.each([
  [{ start: "22:00", end: "23:59" }, 1],
  [{ start: "22:00", endDate: "2026-11-24", end: "00:00" }, 1],
  [{ start: "22:00", endDate: "2026-11-24", end: "00:30" }, 2],
  [{ start: "00:00" }, 1],
  [{ endDate: "2026-11-24" }, 2]
])("[APP-83] an event of %j stands on %i day(s)", async (values, days) => {
  await create(values)
  expect(await chips("2026-11")).toBe(days)
  expect(await timesOf(server, "2026-11-24", "2026-11-25")).toHaveLength(days - 1)
})

test("[APP-83] what ends with the month is not in the next one's list", async () => {
  await create({ date: "2026-11-30", start: "22:00", endDate: "2026-12-01", end: "00:00" })
  expect(await page("/?month=2026-12")).toContain("No events this month.")
})

test("[APP-83] a form from 23:00 to 01:00 is over midnight", async () => {
  await send(
    server,
    "POST",
    "/events",
    new URLSearchParams({ title: "Party", date: "2026-11-23", start: "23:00", end: "01:00" })
  )
  expect(await timesOf(server, "2026-11-23", "2026-11-24")).toMatchObject([
    { span: { from: "2026-11-23T23:00:00", to: "2026-11-24T01:00:00" } }
  ])
})

test.each([
  ["America/New_York", "22:30"],
  ["Pacific/Auckland", "06:00"],
  ["UTC", "23:59"],
  ["", "23:30"]
])(
  "[APP-83] the last day of a series on the clocks of %j at %s is in, shown as it was given, and stays when saved",
  async (zone, start) => {
    const form = { title: "Late", date: "2026-11-23", start, zone, repeat: "FREQ=DAILY" }
    await send(server, "POST", "/events", new URLSearchParams({ ...form, until: "2026-11-25" }))
    const expected = ["23", "24", "25"].map((day) => `2026-11-${day}T${start}:00`)
    expect(await starts()).toEqual(expected)
    const [time] = await timesOf(server, "2026-11-24", "2026-11-25")
    const shown = await page(`/events/${time?.id}?instance=${time?.instance}`)
    expect(shown).toContain('name="until" value="2026-11-25"')
    expect(await page("/?month=2026-11")).toContain("Every day, until 25 November 2026")
    const saved = { ...form, date: "2026-11-24", until: "2026-11-25", title: "Later" }
    await send(
      server,
      "POST",
      `/events/${time?.id}`,
      new URLSearchParams({ ...saved, instance: time?.instance ?? "", scope: "all" })
    )
    expect(await timesOf(server, "2026-11-01", "2027-01-01")).toMatchObject(
      [{}, {}, {}].map(() => ({ title: "Later" }))
    )
    expect(await starts()).toEqual(expected)
  }
)

test("[APP-83] a rule that ends with a day has that day's times, as other programs mean it", async () => {
  await create({ start: "22:00", repeat: "FREQ=DAILY;UNTIL=20261124" })
  expect(await starts()).toEqual(["2026-11-23T22:00:00", "2026-11-24T22:00:00"])
})
