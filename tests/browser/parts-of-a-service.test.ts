// One service of which each side serves a part, in the real browser against a real edge.
import type { Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { readVersion } from "../../shared/protocol/version.ts"
import { BrowserStage } from "../support/stage.ts"
import { writeAndFind } from "../support/write-and-find.ts"

let stage: BrowserStage
let page: Page

beforeAll(async () => {
  stage = await BrowserStage.set()
  page = await stage.firstPage()
})
afterAll(() => stage.strike())

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
    const { titles, version } = await writeAndFind(page, title)
    expect(titles).toEqual([title])
    expect(readVersion(version ?? "")).toMatchObject({ document: "schedule/user/ann" })
  }
})
