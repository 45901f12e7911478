// What this side wrote while the edge was away, or before its sync was due, in the real browser against a real edge.
import type { Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { until } from "../../scripts/local/until.ts"
import type { SyncRule } from "../../shared/policy/rules.ts"
import { BrowserStage } from "../support/stage.ts"
import { writeAndFind } from "../support/write-and-find.ts"

let stage: BrowserStage
let page: Page

beforeAll(async () => {
  stage = await BrowserStage.set()
  page = await stage.firstPage()
})
afterAll(() => stage.strike())

/** The newest policy is in force here, which may lead where the one before did. */
const taken = async (): Promise<void> => {
  const { serial } = await stage.operator.policies("schedule")
  let seen = ""
  await until(`policy ${serial} to be taken`, 30_000, async () => {
    const [client] = await stage.operator.clients("schedule")
    seen = JSON.stringify(client)
    return client !== undefined && client.settled >= serial ? true : undefined
  }).catch(async (error: unknown) => {
    throw new Error(
      `${String(error)}: ${seen} ${JSON.stringify(await stage.operator.policies("schedule"))} ${JSON.stringify(await stage.operator.audit())}`
    )
  })
}

const away = { if: { network: "offline" }, serve: "client" } as const

test("[MOD-7] the server dies: the part that is served here goes on without waiting for it", async () => {
  await stage.rules([
    { match: "/calendar/*", serve: "client" },
    { match: "/calendar/api/search", serve: "server", unless: [away] }
  ])
  await stage.divided()
  await stage.killEdge()
  const from = Date.now()
  expect((await writeAndFind(page, "alone1x")).titles).toEqual(["alone1x"])
  expect(Date.now() - from).toBeLessThan(10_000)
  await stage.startEdge("1.0.0")
  await stage.divided()
})

/** What the edge itself finds: asked by a program, which no extension serves. */
const atEdge = async (title: string): Promise<boolean> => {
  const cookies = await stage.browser.context.cookies(stage.origin)
  const Cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ")
  const answer = await fetch(`${stage.origin}/calendar/api/search?q=${title}`, { headers: { Cookie } })
  return JSON.stringify(await answer.json()).includes(title)
}

test("[SYN-9] [SYN-10] every minute: what was written here is at the edge when the alarm rang, and not before; with always at once", async () => {
  const sync: SyncRule = { documents: ["user/:user"], type: "copy", at: "* * * * *" }
  await stage.rules([{ match: "/calendar/*", serve: "client", sync: { ...sync, at: "always" } }])
  await stage.settled("client")
  expect((await writeAndFind(page, "at-once1x")).titles).toEqual(["at-once1x"])
  await until("the edge to have it", 10_000, async () => ((await atEdge("at-once1x")) ? true : undefined))

  // A rule that comes once a year holds everything back; the one of every minute then brings it.
  await stage.rules([{ match: "/calendar/*", serve: "client", sync: { ...sync, at: "0 0 1 1 *" } }])
  await taken()
  expect((await writeAndFind(page, "by-and-by1x")).titles).toEqual(["by-and-by1x"])
  // The client tells with the next policy that it holds something back: what goes at once went before that.
  await stage.rules([{ match: "/calendar/*", serve: "client", sync: { ...sync, at: "0 0 2 1 *" } }])
  await until("the operator to see an unsent change", 60_000, async () =>
    (await stage.operator.clients("schedule")).some(({ unsent }) => unsent === 1) ? true : undefined
  )
  expect(await atEdge("by-and-by1x")).toBe(false)
  await stage.rules([{ match: "/calendar/*", serve: "client", sync }])
  await until("the alarm to have brought it", 240_000, async () => ((await atEdge("by-and-by1x")) ? true : undefined))
}, 300_000)
