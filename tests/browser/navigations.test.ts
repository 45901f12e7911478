// Navigations of a person whose server died without a word: every way there is to get to a page, in the real browser against a
// real edge. Each way is walked twice: as it is, and with the extension's service worker stopped right before it (issue 2, points 3 and 4).
import type { Frame, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { until } from "../../scripts/local/until.ts"
import { serverServes } from "../../scripts/story/stage/standing-rules.ts"
import { BrowserStage, localFrame } from "../support/stage.ts"

const WITHIN_MS = 20_000
/** A corner that a transition went over is drawn a shade different from one that had its colour at once. */
const UNMOVED = { reducedMotion: "reduce" } as const
let stage: BrowserStage
let calendar: string
let serverShot: Buffer

/** Waits for the tab to show the server's page of this path. */
const serverPage = (page: Page, path: RegExp): Promise<void> =>
  until(`the server's page ${path}, not ${page.url()}`, WITHIN_MS, async () =>
    page.url().startsWith(stage.origin) && path.test(page.url()) ? true : undefined
  ).then(() => undefined)

const heading = (frame: Frame): Promise<string> => frame.locator("h1").innerText()

/** Typed into the address bar; the browser may show its error page first, which is then recovered. */
const type = async (page: Page, url: string): Promise<void> => {
  await page.goto(url).catch((error: unknown) => {
    if (!String(error).includes("net::ERR_")) throw error
  })
}

const addEvent = async (frame: Frame, title: string): Promise<void> => {
  await frame.fill("form.stack input[name=title]", title)
  await frame.click("form.stack button")
}

beforeAll(async () => {
  stage = await BrowserStage.set()
  calendar = `${stage.origin}/calendar/`
  const page = await stage.signIn("Ann", "crew")
  await page.emulateMedia(UNMOVED)
  await stage.rules(serverServes("/calendar/"))
  await page.goto(calendar)
  await stage.settled("server")
  await page.waitForSelector(".tools button[aria-pressed=true]")
  serverShot = await page.screenshot()
  await page.close()
})
afterAll(() => stage.strike())

test("[ROU-20] the first navigation after the server died is recovered, with the address kept", async () => {
  await stage.killEdge()
  const page = await stage.browser.context.newPage()
  await type(page, `${calendar}?month=2026-11#top`)
  const frame = await localFrame(page, /month=2026-11/)
  expect(await heading(frame)).toContain("November 2026")
  expect(page.url()).toContain(`u=${calendar}?month=2026-11#top`)
  await page.close()
})

test("[ROU-16] the local page looks like the server's", async () => {
  const page = await stage.browser.context.newPage()
  await page.emulateMedia(UNMOVED)
  await type(page, calendar)
  await localFrame(page, /calendar\/$/)
  await page.locator("p[role=status]").evaluate((note) => note.remove())
  await page.mouse.move(0, 0)
  const same = await until("the same picture", WITHIN_MS, async () =>
    (await page.screenshot()).equals(serverShot) ? true : undefined
  )
  expect(same).toBe(true)
  await page.close()
})

describe.each([
  ["the service worker runs", () => Promise.resolve()],
  ["the service worker was stopped before each step", () => stage.browser.stopServiceWorker()]
])("%s", (name, before) => {
  test("[ROU-15] a typed address, a reload, a link", async () => {
    const page = await stage.browser.context.newPage()
    await before()
    await type(page, calendar)
    let frame = await localFrame(page, /calendar\/$/)
    expect(await page.title()).toContain("calendar")
    await before()
    await page.reload()
    frame = await localFrame(page, /calendar\/$/)
    expect(await heading(frame)).toContain("2026")
    await before()
    await frame.click("text=New event")
    frame = await localFrame(page, /events\/new/)
    expect(await heading(frame)).toBe("New event")
    await until("the address to follow", WITHIN_MS, async () =>
      page.url().endsWith("u=" + calendar + "events/new") ? true : undefined
    )
    await page.close()
  })

  test("[F20] a form is posted with its body and answered by the app; back and forward move through the pages", async () => {
    const page = await stage.browser.context.newPage()
    await type(page, `${calendar}events/new?date=2026-11-12`)
    let frame = await localFrame(page, /events\/new/)
    const title = `Für „${name}“ & mehr`
    await before()
    await addEvent(frame, title)
    frame = await localFrame(page, /month=2026-11&event=/)
    expect(await frame.locator("body").innerText()).toContain(title)
    await before()
    await page.evaluate(() => history.back())
    frame = await localFrame(page, /events\/new/)
    await before()
    await page.evaluate(() => history.forward())
    frame = await localFrame(page, /month=2026-11&event=/)
    expect(await frame.locator("body").innerText()).toContain(title)
    await page.close()
  })

  test("[ROU-9] a location that script sets, a new tab from a link", async () => {
    const page = await stage.browser.context.newPage()
    await type(page, calendar)
    let frame = await localFrame(page, /calendar\/$/)
    await before()
    await frame.evaluate(() => location.assign("/calendar/search/?q=script"))
    frame = await localFrame(page, /search\/\?q=script/)
    await before()
    const opened = stage.browser.context.waitForEvent("page")
    await frame
      .locator("a[href='/calendar/']")
      .first()
      .click({ modifiers: ["ControlOrMeta"] })
    const tab = await opened
    expect(await heading(await localFrame(tab, /calendar\/$/))).toContain("2026")
    await tab.close()
    await page.close()
  })
})

test("[ROU-31] a form of another site is not taken", async () => {
  const page = await stage.browser.context.newPage()
  await page.goto("about:blank")
  const action = `${calendar}events`
  await page.setContent(
    `<form method=post action="${action}"><input name=title value="Forged"><input name=date value="2026-11-11"><button>go</button></form>`
  )
  await page.click("button", { noWaitAfter: true })
  await until("an answer", WITHIN_MS, async () => (page.url() === "about:blank" ? undefined : true))
  const list = await stage.browser.context.newPage()
  await type(list, `${calendar}search/?q=Forged`)
  const found = await localFrame(list, /q=Forged/)
  expect(await found.locator("[data-found]").getAttribute("data-found")).toBe("0")
  await page.close()
  await list.close()
})

test("[F17] after a restart of the browser the first tab is served, with what was written before", async () => {
  await stage.restartBrowser()
  const [page = await stage.browser.context.newPage()] = stage.browser.context.pages()
  await type(page, `${calendar}?month=2026-11`)
  const frame = await localFrame(page, /month=2026-11/)
  expect(await frame.locator("body").innerText()).toContain("the service worker runs")
  await page.close()
})

test("[ROU-29][ROU-30] after the server is back the shell gives way: by a link, by a form post, by reload, by back", async () => {
  const open = async (path: string): Promise<readonly [Page, Frame]> => {
    const page = await stage.browser.context.newPage()
    await type(page, calendar + path)
    return [page, await localFrame(page, /calendar\//)]
  }
  const [byLink, linkFrame] = await open("")
  const [byForm, formFrame] = await open("events/new?date=2026-11-13")
  const [byReload] = await open("search/?q=reload")
  await stage.startEdge("1.0.0")
  // The browser was killed before it had written its cookies down: without a session nothing is given back.
  await stage.signIn("Ann", "crew")
  await stage.settled("server")

  await linkFrame.click("text=New event")
  await serverPage(byLink, /events\/new/)
  await byLink.evaluate(() => history.back())
  await serverPage(byLink, /calendar\/$/)

  await addEvent(formFrame, "Sent on to the server")
  await serverPage(byForm, /month=2026-11&event=/)
  expect(await byForm.locator("body").innerText()).toContain("Sent on to the server")

  await byReload.reload()
  await serverPage(byReload, /q=reload/)
  const events = await byReload.evaluate(async () => {
    const answer = await fetch("/calendar/api/events?month=2026-11")
    return ((await answer.json()) as { events: { title: string }[] }).events.map(({ title }) => title)
  })
  expect(events.filter((title) => title === "Sent on to the server")).toHaveLength(1)
  expect(events.filter((title) => title.startsWith("Für „the service worker runs"))).toHaveLength(1)
})
