// People and the extension come and go while somebody works: nobody is signed in any more, somebody else is, the extension is switched off,
// the extension comes when the page is already open. In the real browser against a real edge (DESIGN 3.4; F18, F24, F43).
import type { Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { until } from "../../scripts/local/until.ts"
import { clientServes, serverServes } from "../../scripts/story/stage/standing-rules.ts"
import { BrowserStage, localFrame } from "../support/stage.ts"

const WITHIN_MS = 30_000
const API = "/calendar/api/events"

/** As much of the API of `chrome://extensions` as is used. */
interface DeveloperPrivate {
  updateProfileConfiguration(changes: { readonly inDeveloperMode: boolean }): Promise<void>
  reload(id: string, options: { readonly failQuietly: boolean }): Promise<void>
}

let stage: BrowserStage
let calendar: string
/** Opened once, and never reloaded. */
let page: Page

beforeAll(async () => {
  stage = await BrowserStage.set()
  calendar = `${stage.origin}/calendar/`
  page = await stage.signIn("Ann", "crew")
  await stage.rules(serverServes("/calendar/"))
  await page.goto(calendar)
  await stage.settled("server")
  await page.evaluate(() => Reflect.set(window, "world", "the first"))
})
afterAll(() => stage.strike())

const add = (at: Page, title: string): Promise<number> =>
  at.evaluate(
    async ([api, name]) => {
      const body = JSON.stringify({ title: name, date: "2026-11-20" })
      return (await fetch(api, { method: "POST", headers: { "content-type": "application/json" }, body })).status
    },
    [API, title] as const
  )
const titles = (at: Page): Promise<readonly string[]> =>
  at.evaluate(async (api) => {
    const { events } = (await (await fetch(api)).json()) as { events: { title: string }[] }
    return events.map(({ title }) => title)
  }, API)
const popup = async (): Promise<string> => {
  const shown = await stage.browser.context.newPage()
  await shown.goto(`chrome-extension://${stage.browser.extensionId}/popup.html`)
  await shown.waitForSelector(".card")
  const text = await shown.innerText("main")
  await shown.close()
  return text
}
const world = (): Promise<unknown> => page.evaluate(() => Reflect.get(window, "world") as unknown)

/** The browser's own page about extensions, from which a person switches one off and on. */
const extensions = async <T>(act: (id: string) => Promise<T>): Promise<T> => {
  const settings = await stage.browser.context.newPage()
  await settings.goto("chrome://extensions")
  const done = await settings.evaluate(act, stage.browser.extensionId)
  await settings.close()
  return done
}
const setEnabled = (enabled: boolean): Promise<void> =>
  enabled
    ? extensions((id) => chrome.management.setEnabled(id, true))
    : extensions((id) => chrome.management.setEnabled(id, false))

/** Loads the extension from its folder again, which is an installation to it; unpacked ones are allowed to developers only. */
const loadAnew = (): Promise<void> =>
  extensions(async (id) => {
    const { developerPrivate } = chrome as unknown as { developerPrivate: DeveloperPrivate }
    await developerPrivate.updateProfileConfiguration({ inDeveloperMode: true })
    await developerPrivate.reload(id, { failQuietly: true })
  })

test("[CON-4] when nobody is signed in any more this browser goes on serving, keeps what was written, and says what to do", async () => {
  await stage.killEdge()
  expect(await add(page, "Ann's, while away")).toBe(201)
  await stage.browser.context.clearCookies()
  await stage.startEdge("1.0.0")
  const told = await until("the popup to ask for a sign-in", WITHIN_MS, async () => {
    const text = await popup()
    return text.includes("Nobody is signed in") ? text : undefined
  })
  expect(told).toContain("This browser answers")
  expect(told).toContain("1 change is not on the server yet")
  expect(await titles(page)).toContain("Ann's, while away")
  expect(await add(page, "Ann's, signed out")).toBe(201)
  expect(await world()).toBe("the first")
})

test("[F43] somebody else signs in: he gets his own calendar from the server, and nothing of hers", async () => {
  const bob = await stage.signIn("Bob", "crew")
  await stage.settled("server")
  await bob.goto(calendar)
  expect(await titles(bob)).toEqual([])
  expect(await add(bob, "Bob's")).toBe(201)
  // His again when the server dies: what this browser holds of her stays closed.
  await stage.killEdge()
  expect(await add(bob, "Bob's, while away")).toBe(201)
  expect((await titles(bob)).toSorted()).toEqual(["Bob's", "Bob's, while away"])
  const frame = await (async () => {
    const tab = await stage.browser.context.newPage()
    await tab.goto(`${calendar}search/?q=Ann`).catch(() => undefined) // The browser may show its error page first.
    return localFrame(tab, /q=Ann/)
  })()
  expect(await frame.locator("[data-found]").getAttribute("data-found")).toBe("0")
  await frame.page().close()
  await stage.startEdge("1.0.0")
  await stage.settled("server")
  expect((await titles(bob)).toSorted()).toEqual(["Bob's", "Bob's, while away"])
  await bob.close()
})

test("[CON-4] she signs in again: what she wrote goes to the server, each once, and her page lives on", async () => {
  const tab = await stage.signIn("Ann", "crew")
  await stage.settled("server")
  const there = await until("her writes at the server", WITHIN_MS, async () => {
    const seen = await titles(page)
    return seen.includes("Ann's, while away") && seen.includes("Ann's, signed out") ? seen : undefined
  })
  expect(there.toSorted()).toEqual(["Ann's, signed out", "Ann's, while away"])
  expect(await world()).toBe("the first")
  await tab.close()
})

test("[F18][ROU-28] the extension is switched off while it serves: open pages go on with the server, without a reload", async () => {
  await stage.rules(clientServes("/calendar/"))
  await stage.settled("client")
  expect(await add(page, "Before it went")).toBe(201)
  await until("nothing unsent", WITHIN_MS, async () =>
    (await popup()).includes("All changes are on the server") ? true : undefined
  )
  await setEnabled(false)
  const asked = page.waitForRequest((request) => request.url().endsWith(API))
  expect(await titles(page)).toContain("Before it went")
  await asked
  expect(await add(page, "After it went")).toBe(201)
  expect(await world()).toBe("the first")
})

test("[F18] navigations go to the real server then: typed, by link, by form", async () => {
  const tab = await stage.browser.context.newPage()
  await tab.goto(`${calendar}events/new?date=2026-11-13`)
  expect(tab.url()).toBe(`${calendar}events/new?date=2026-11-13`)
  await tab.fill("form.stack input[name=title]", "By a form")
  await tab.click("form.stack button")
  await tab.waitForURL(/month=2026-11&event=/)
  expect(tab.url()).toContain(calendar)
  await tab.click("text=New event")
  await tab.waitForURL(/events\/new/)
  expect(await titles(tab)).toEqual(expect.arrayContaining(["Before it went", "After it went", "By a form"]))
  await tab.close()
})

test("[F24][ROU-37] a page that is older than the extension is told to reload, and served once it did", async () => {
  const early = await stage.browser.context.newPage()
  await early.goto(calendar)
  await setEnabled(true)
  await loadAnew()
  await stage.rules(clientServes("/calendar/"))
  await stage.settled("client")
  const store = await stage.browser.context.newPage()
  await store.goto(`chrome-extension://${stage.browser.extensionId}/popup.html`)
  const badges = (): Promise<readonly string[]> =>
    store.evaluate(async (prefix) => {
      const tabs = await chrome.tabs.query({})
      const own = tabs.filter(({ url }) => url?.startsWith(prefix) === true)
      return Promise.all(own.map(({ id }) => chrome.action.getBadgeText({ tabId: id ?? 0 })))
    }, calendar)
  await until("both pages to be told", WITHIN_MS, async () => {
    const all = await badges()
    return all.length === 2 && all.every((badge) => badge === "↻") ? true : undefined
  })
  await early.reload()
  const frame = await localFrame(early, /calendar\/$/)
  expect(await frame.locator("h1").innerText()).toContain("2026")
  await store.close()
})
