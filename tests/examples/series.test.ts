// Events that take place more than once, as people use them: by forms and by the API, on one side and on two that merge.
import { beforeEach, describe, expect, test } from "vitest"
import { ruleName } from "../../examples/schedule/app/series/rule.ts"
import type { MemorySide } from "../support/memory-side.ts"
import {
  callJson as json,
  mergeBoth as merge,
  send,
  startsOf,
  TEAM,
  timesOf,
  twoSides,
  type Time
} from "../support/team-calendar.ts"

const STANDUP = { title: "Stand-up", date: "2026-11-02", start: "09:30", end: "09:45", repeat: "FREQ=WEEKLY" }

let server: MemorySide
let client: MemorySide
let id: string

const post = (path: string, form: Record<string, string> | FormData): Promise<Response> =>
  send(server, "POST", path, form instanceof FormData ? form : new URLSearchParams(form))
const page = async (path: string): Promise<string> => (await send(server, "GET", path)).text()
const times = (side = server, from = "2026-11-01", to = "2026-12-01"): Promise<readonly Time[]> =>
  timesOf(side, from, to)
const starts = (side = server): Promise<readonly string[]> => startsOf(side)
const edit = (what: object, side = server): Promise<{ id: string; undo: object[] }> =>
  json(side, "POST", `/api/events/${id}/edit`, what)
const create = async (values: object): Promise<string> =>
  (await json<{ id: string }>(server, "POST", "/api/events", values)).id
const mergeBoth = (): Promise<void> => merge(server, client)

const WEEKS = ["11-02T09:30", "11-09T09:30", "11-16T09:30", "11-23T09:30", "11-30T09:30"]
const asBefore = WEEKS.map((time) => `${time} Stand-up`)
const SECOND = "20261109T093000"

beforeEach(async () => {
  ;({ server, client } = twoSides())
  id = await create(STANDUP)
  await client.merge(server)
})

test("[APP-70] an event that repeats stands in the month at each of its times, with scripts off", async () => {
  expect(await starts()).toEqual(asBefore)
  const month = await page("/?month=2026-11")
  expect(month.match(/class="chip [^"]*"/g)).toHaveLength(5)
  expect(month).toContain(`${TEAM}/events/${id}?instance=${SECOND}`)
  expect(month).toContain("Every week")
})

describe("[APP-71] an edit is of one time, of this and the following, or of all; and is taken back", () => {
  const moves = { change: { start: "10:00", end: "10:15" }, instance: SECOND }
  test.each([
    ["one", ["11-02T09:30", "11-09T10:00", "11-16T09:30", "11-23T09:30", "11-30T09:30"]],
    ["following", ["11-02T09:30", "11-09T10:00", "11-16T10:00", "11-23T10:00", "11-30T10:00"]],
    ["all", ["11-02T10:00", "11-09T10:00", "11-16T10:00", "11-23T10:00", "11-30T10:00"]]
  ])("%s", async (scope, expected) => {
    const { undo } = await edit({ ...moves, scope })
    expect(await starts()).toEqual(expected.map((time) => `${time} Stand-up`))
    const taken = await json<{ redo: object[] }>(server, "POST", "/api/undo", { steps: undo })
    expect(await starts()).toEqual(asBefore)
    await json(server, "POST", "/api/undo", { steps: taken.redo })
    expect(await starts()).toEqual(expected.map((time) => `${time} Stand-up`))
  })

  test.each([
    ["one", ["11-02T09:30", "11-16T09:30", "11-23T09:30", "11-30T09:30"]],
    ["following", ["11-02T09:30"]],
    ["all", []]
  ])("deleted: %s", async (scope, expected) => {
    const { undo } = await edit({ remove: true, instance: SECOND, scope })
    expect(await starts()).toEqual(expected.map((time) => `${time} Stand-up`))
    await json(server, "POST", "/api/undo", { steps: undo })
    expect(await starts()).toEqual(asBefore)
  })

  test("by forms, with scripts off", async () => {
    const shown = await page(`/events/${id}?instance=${SECOND}`)
    expect(shown).toMatch(/name="date" required value="2026-11-09"[\s\S]*Only this time/)
    const fields = { title: "Stand-up", date: "2026-11-10", start: "11:00", end: "11:15", repeat: "FREQ=WEEKLY" }
    const answer = await post(`/events/${id}`, { ...fields, instance: SECOND, scope: "one" })
    expect(answer.headers.get("location")).toBe(`${TEAM}/?month=2026-11&event=${id}`)
    await post(`/events/${id}/delete`, { instance: "20261116T093000", scope: "one" })
    expect(await starts()).toEqual(
      ["11-02T09:30", "11-10T11:00", "11-23T09:30", "11-30T09:30"].map((t) => `${t} Stand-up`)
    )
    await post(`/events/${id}`, { title: "Stand-up", repeat: "FREQ=WEEKLY", until: "2026-11-23" })
    expect(await starts()).toEqual(["11-02T09:30", "11-10T11:00", "11-23T09:30"].map((t) => `${t} Stand-up`))
  })

  test("an exception goes along when the whole series moves", async () => {
    await edit({ instance: SECOND, scope: "one", change: { title: "Retro" } })
    await edit({ instance: "20261116T093000", scope: "one", remove: true })
    await edit({ instance: "20261123T093000", scope: "all", change: { date: "2026-11-24" } })
    expect(await starts()).toEqual(["11-03T09:30 Stand-up", "11-10T09:30 Retro", "11-24T09:30 Stand-up"])
  })

  test("a counted series keeps its number of times when it is split", async () => {
    id = await create({ title: "Course", date: "2026-11-03", repeat: "FREQ=DAILY;COUNT=5" })
    await edit({ instance: "20261105", scope: "following", change: { title: "Course, part 2" } })
    expect((await starts()).filter((time) => time.includes("Course"))).toEqual([
      "11-03 Course",
      "11-04 Course",
      "11-05 Course, part 2",
      "11-06 Course, part 2",
      "11-07 Course, part 2"
    ])
  })
})

test("[APP-71] what somebody has changed since is not taken back", async () => {
  const { undo } = await edit({ scope: "one", instance: SECOND, change: { title: "Retro" } })
  await edit({ scope: "one", instance: SECOND, change: { title: "Review" } })
  expect(await json(server, "POST", "/api/undo", { steps: undo })).toEqual({ error: "somebody has changed it since" })
})

test("[APP-71] two people change two times of a series, and the series, without seeing each other: all of it holds", async () => {
  await edit({ scope: "one", instance: SECOND, change: { title: "Retro" } })
  await edit({ scope: "one", instance: "20261116T093000", remove: true }, client)
  await edit({ scope: "all", instance: "", change: { place: "Hall" } }, client)
  await mergeBoth()
  for (const side of [server, client]) {
    expect(await starts(side)).toEqual([
      "11-02T09:30 Stand-up",
      "11-09T09:30 Retro",
      "11-23T09:30 Stand-up",
      "11-30T09:30 Stand-up"
    ])
    expect(await times(side)).toMatchObject([{ place: "Hall" }, { place: "Hall" }, {}, {}])
  }
})

test("[APP-71] two people change the same time of a series: one value is shown, marked", async () => {
  await edit({ scope: "one", instance: SECOND, change: { title: "Retro" } })
  await edit({ scope: "one", instance: SECOND, change: { title: "Review" } }, client)
  await mergeBoth()
  for (const side of [server, client])
    expect(await times(side)).toContainEqual(expect.objectContaining({ title: "Review", conflicts: ["title"] }))
})

test("[APP-70] a time in a zone keeps its place on the clock when the clocks change", async () => {
  await create({
    title: "Call",
    date: "2026-10-19",
    start: "09:00",
    end: "10:00",
    zone: "Europe/Berlin",
    repeat: "FREQ=WEEKLY;COUNT=3"
  })
  const calls = (await times(server, "2026-10-01", "2026-11-03")).filter(({ title }) => title === "Call")
  expect(calls.map(({ startsAt }) => startsAt)).toEqual([
    "2026-10-19T07:00:00Z",
    "2026-10-26T08:00:00Z",
    "2026-11-02T08:00:00Z"
  ])
})

test.each([
  [{ zone: "Europe/Nowhere" }, "zone is no time zone"],
  [{ repeat: "FREQ=SECONDLY" }, "repeat is no rule"],
  [{ repeat: "every day" }, "repeat is no rule"],
  [{ endDate: "2026-02-30" }, "endDate is no day"],
  [{ reminder: "soon" }, "reminder must be a number"]
])("[APP-62] %j is refused", async (values, message) => {
  const answer = await json<{ error: string }>(server, "POST", "/api/events", {
    title: "x",
    date: "2026-11-02",
    ...values
  })
  expect(answer.error).toContain(message)
})

test("[APP-74] a file is brought in and sent out by forms and links; a calendar has a name and a colour", async () => {
  const file = [
    "BEGIN:VCALENDAR",
    "BEGIN:VEVENT",
    "UID:x",
    "SUMMARY:Fair",
    "DTSTART;VALUE=DATE:20261105",
    "DTEND;VALUE=DATE:20261107",
    "END:VEVENT",
    "END:VCALENDAR"
  ]
  const form = new FormData()
  form.set("file", new File([file.join("\r\n")], "Trips.ics", { type: "text/calendar" }))
  form.set("into", "new")
  expect((await post("/import", form)).status).toBe(303)
  const { calendars } = await json<{ calendars: { id: string; name: string; colour: string }[] }>(
    server,
    "GET",
    "/api/calendars"
  )
  expect(calendars).toMatchObject([
    { id: "", name: "Team red", colour: "blue" },
    { name: "Trips", colour: "green" }
  ])
  const trips = calendars[1]?.id ?? ""
  await post(`/calendars/${trips}`, { name: "Journeys", colour: "red" })
  expect(await page("/?month=2026-11")).toMatch(/class="chip red[\s\S]*Fair/)
  expect(await page("/calendars/")).toContain(`${TEAM}/export.ics?calendar=${trips}`)
  const out = await send(server, "GET", `/export.ics?calendar=${trips}`)
  expect(out.headers.get("content-disposition")).toBe('attachment; filename="Journeys.ics"')
  expect((await out.text()).split("\r\n")).toEqual(expect.arrayContaining(file.slice(1, -1)))
  await post(`/calendars/${trips}/delete`, {})
  expect(await starts()).toEqual(asBefore)
  form.set("file", new File(["no calendar"], "x.ics"))
  const refused = await post("/import", form)
  expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining("Not imported: line 1:")])
})

test.each([
  ["FREQ=WEEKLY;BYDAY=MO,WE,FR", "Every week on Monday, Wednesday and Friday"],
  ["FREQ=WEEKLY;INTERVAL=3;BYDAY=TU;UNTIL=20271231", "Every 3 weeks on Tuesday, until 31 December 2027"],
  ["FREQ=MONTHLY;BYDAY=2TU", "By the rule FREQ=MONTHLY;BYDAY=2TU"]
])("[APP-70] the rule %s is told in words where there are some", (rule, words) => {
  expect(ruleName(rule, "", new Map())).toBe(words)
})
