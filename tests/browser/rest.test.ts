// The offscreen document while nobody needs it, in the real browser against a real edge: closed, and back when a page is opened.
import { afterAll, beforeAll, expect, test } from "vitest"
import { until } from "../../scripts/local/until.ts"
import { clientServes, serverServes } from "../../scripts/story/stage/standing-rules.ts"
import { BrowserStage, localFrame } from "../support/stage.ts"

const REST_WITHIN_MS = 90_000
let stage: BrowserStage

beforeAll(async () => {
  stage = await BrowserStage.set()
})
afterAll(() => stage.strike())

/** All tabs but an empty one are closed; resolves when nothing of the platform runs. */
const leaveAlone = async (): Promise<void> => {
  const blank = await stage.browser.context.newPage()
  for (const page of stage.browser.context.pages()) if (page !== blank) await page.close()
  await until("the offscreen document to be closed", REST_WITHIN_MS, async () =>
    (await stage.browser.devtools.targets()).some(({ type }) => type === "background_page") ? undefined : true
  )
}

test("[CON-17] [CON-19] with no page open the offscreen document is closed; an opened page brings it back, and it hears what happened meanwhile", async () => {
  await stage.signIn("Ann", "crew")
  await stage.rules(serverServes("/calendar/"))
  const page = await stage.browser.context.newPage()
  await page.goto(`${stage.origin}/calendar/`)
  await stage.settled("server")
  await leaveAlone()

  await stage.rules(clientServes("/calendar/"))
  const again = await stage.browser.context.newPage()
  await again.goto(`${stage.origin}/calendar/`)
  await stage.settled("client")
  await again.reload()
  expect(await (await localFrame(again, /\/calendar\//)).locator("h1").innerText()).not.toBe("")
})

test("[CON-17] a server that died while it was closed is stood in for all the same", async () => {
  await stage.rules(serverServes("/calendar/"))
  await stage.settled("server")
  await leaveAlone()

  await stage.killEdge()
  const page = await stage.browser.context.newPage()
  await page.goto(`${stage.origin}/calendar/`).catch((error: unknown) => {
    if (!String(error).includes("net::ERR_")) throw error
  })
  expect(await (await localFrame(page, /\/calendar\//)).locator("h1").innerText()).not.toBe("")
})
