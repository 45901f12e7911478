// One service of which each side serves a part, in the real browser against a real edge.
import type { Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { serverServes } from "../../scripts/story/stage/standing-rules.ts"
import { readVersion } from "../../shared/protocol/version.ts"
import { BrowserStage } from "../support/stage.ts"

let stage: BrowserStage
let page: Page

beforeAll(async () => {
  stage = await BrowserStage.set()
  await stage.signIn("Ann", "")
  await stage.rules(serverServes("/calendar/"))
  page = await stage.browser.context.newPage()
  await page.goto(`${stage.origin}/calendar/`)
  await stage.settled("server")
})
afterAll(() => stage.strike())

interface Found {
  readonly titles: readonly string[]
  readonly version: string | null
}

/** Writes an event and searches for it at once, in the page. */
const writeAndFind = (title: string): Promise<Found> =>
  page.evaluate(async (name) => {
    const body = JSON.stringify({ title: name, date: "2026-11-26", start: "10:00", end: "11:00" })
    const headers = { "Content-Type": "application/json" }
    const written = await fetch("/calendar/api/events", { method: "POST", headers, body })
    if (!written.ok) throw new Error(`${written.status} ${await written.text()}`)
    const found = await fetch(`/calendar/api/search?q=${name}`)
    const { events } = (await found.json()) as { events: { title: string }[] }
    return { titles: events.map((event) => event.title), version: found.headers.get("Locum-Version") }
  }, title)

const ROUNDS = 25
const away = { if: { network: "offline" }, serve: "client" } as const

test.each([
  ["written at the server, searched here", "server", "client"],
  ["written here, searched at the server", "client", "server"]
] as const)("[MOD-7] %s: what was written is found at once, every time", async (_, rest, search) => {
  await stage.rules([
    { match: "/calendar/*", serve: rest, unless: [away] },
    { match: "/calendar/api/search", serve: search }
  ])
  await stage.divided()
  for (let round = 0; round < ROUNDS; round++) {
    const title = `${rest}${round}x`
    const { titles, version } = await writeAndFind(title)
    expect(titles).toEqual([title])
    expect(readVersion(version ?? "")).toMatchObject({ document: "schedule/user/ann" })
  }
})
