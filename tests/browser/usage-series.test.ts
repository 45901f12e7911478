// The built extension tells how much it answers: what the console draws comes from real browsers.
import { afterAll, beforeAll, expect, test } from "vitest"
import * as v from "valibot"
import { until } from "../../scripts/local/until.ts"
import { clientServes } from "../../scripts/story/stage/standing-rules.ts"
import { SeriesSchema } from "../../shared/protocol/admin-views.ts"
import { ADMIN_TOKEN, BrowserStage } from "../support/stage.ts"

const WITHIN_MS = 30_000
const ASKED = 5
let stage: BrowserStage

beforeAll(async () => {
  stage = await BrowserStage.set()
})
afterAll(() => stage.strike())

test("[CON-25] [CTL-15] what a browser answers itself is counted as its own, and the browser as one that serves", async () => {
  const page = await stage.signIn("Ann", "blue")
  await page.goto(`${stage.origin}/calendar/`)
  await stage.rules(clientServes("/calendar/"))
  await stage.settled("client")
  await page.evaluate(async (times) => {
    for (let asked = 0; asked < times; asked++) await fetch("/calendar/api/events")
  }, ASKED)
  const told = await until("the count to be told", WITHIN_MS, async () => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
    const answer = await fetch(`${stage.origin}/_locum/series?minutes=10`, { headers })
    const series = v.parse(SeriesSchema, await answer.json())["schedule"]
    const served = series?.requests.reduce((sum, { client }) => sum + client, 0) ?? 0
    return served >= ASKED ? series : undefined
  })
  expect(told.states.at(-1)).toMatchObject({ serving: 1, ready: 0 })
})
