// The popup of the built extension, by what people do: who answers and why, sync now, having this browser or the server answer, what the
// toolbar says, and what is refused.
import { readFile } from "node:fs/promises"
import type { Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { until } from "../../scripts/local/until.ts"
import { serverServes } from "../../scripts/story/stage/standing-rules.ts"
import { seriousFaults } from "../support/looks.ts"
import { BrowserStage, localFrame } from "../support/stage.ts"

const WITHIN_MS = 30_000
let stage: BrowserStage
let page: Page
let popup: Page
/** A tab with a page that this browser answers. */
let local: Page

/** What the popup shows, once it holds this. */
const shows = (text: string | RegExp): Promise<void> => popup.getByText(text).first().waitFor({ timeout: WITHIN_MS })

/** What the toolbar says, once it is this. */
const toolbar = (text: string): Promise<string> =>
  until(`the toolbar to say ${JSON.stringify(text)}`, WITHIN_MS, async () => {
    const [badge, title] = await popup.evaluate(() =>
      Promise.all([chrome.action.getBadgeText({}), chrome.action.getTitle({})])
    )
    return badge === text ? title : undefined
  })

/** The word in the corner of the local page. */
const corner = (text: string) => local.locator("body > p[role=status]").filter({ hasText: text })

const addEvent = (title: string): Promise<number> =>
  page.evaluate(async (title) => {
    const body = JSON.stringify({ title, date: "2026-11-24" })
    const headers = { "content-type": "application/json" }
    return (await fetch("/calendar/api/events", { method: "POST", headers, body })).status
  }, title)

beforeAll(async () => {
  stage = await BrowserStage.set()
  page = await stage.signIn("Ann", "crew")
  await stage.rules(serverServes("/calendar/"))
  await page.goto(`${stage.origin}/calendar/`)
  await stage.settled("server")
  popup = await stage.browser.context.newPage()
  await popup.goto(`chrome-extension://${stage.browser.extensionId}/popup.html`)
  await popup.locator(".card").waitFor()
})
afterAll(() => stage.strike())

test("[CON-20] who answers and why, the release, and when both sides were last the same", async () => {
  await shows("The server answers")
  await shows(/That is how it normally is\. This browser is ready to stand in\./)
  await shows("All changes are on the server")
  await shows("just now")
  await shows("schedule@1.0.0")
  await page.bringToFront()
  await shows("this page")
  await popup.bringToFront()
  expect(await seriousFaults(popup, "popup-server")).toEqual([])
})

test("[CON-20] [CON-22] [ROU-41] a person has this browser answer, and the pages that are open go on", async () => {
  await popup.getByRole("button", { name: "Let this browser answer" }).click()
  await shows("This browser answers now.")
  await shows("You chose it here. Go on working; nothing is missing.")
  expect(await toolbar("●")).toBe("Locum: this browser answers schedule")
  await stage.settled("client")
  local = await stage.browser.context.newPage()
  await local.goto(`${stage.origin}/calendar/`)
  await localFrame(local, /calendar\/$/)
  await corner("served by this browser").waitFor()
  await popup.bringToFront()
  expect(await addEvent("by hand")).toBe(201)
  expect(await seriousFaults(popup, "popup-client")).toEqual([])
})

test("[CON-21] [CON-22] changes that are not on the server are counted, and sync now says that it has to wait", async () => {
  await stage.killEdge()
  expect(await addEvent("while it is away")).toBe(201)
  await shows("1 change is not on the server yet")
  await shows("Your changes are safe here and go to the server when it is back.")
  expect(await toolbar("1")).toContain("1 change is not on the server yet")
  await popup.getByRole("button", { name: "Sync now" }).click()
  await shows(/^Not yet: .*It is tried again without you\.$/)
  expect(await seriousFaults(popup, "popup-away")).toEqual([])
})

test("[CON-20] [CON-21] [ROU-41] the server is back: sync now, and the service's own rules again", async () => {
  await stage.startEdge("1.0.0")
  await until("a sync by hand", WITHIN_MS, async () => {
    await popup.getByRole("button", { name: "Sync now" }).click()
    await popup.locator(".controls [role=status]").filter({ hasText: "." }).waitFor()
    return (await popup.getByText("Everything is on the server and here.").count()) > 0 ? true : undefined
  })
  await shows("All changes are on the server")
  await popup.getByRole("button", { name: "As the service says" }).click()
  await shows("The server answers now.")
  await stage.settled("server")
  await corner("the server answers again").waitFor()
  expect(await toolbar("")).toBe("Locum: the server answers")
  await page.goto(`${stage.origin}/calendar/?month=2026-11`)
  expect(await page.content()).toContain("while it is away")
})

test("[CON-23] [CON-24] the options page: services with keys, storage, documents as a file, diagnostics to copy", async () => {
  const options = await stage.browser.context.newPage()
  await options.goto(`chrome-extension://${stage.browser.extensionId}/options.html`)
  await options.getByText("Only what is signed with this key is believed").waitFor()
  await options.getByText(/MB are used on this computer/).waitFor()
  const [download] = await Promise.all([
    options.waitForEvent("download"),
    options.getByRole("button", { name: "Save my documents as a file" }).click()
  ])
  expect(download.suggestedFilename()).toBe("schedule-documents.json")
  expect(await readFile(await download.path(), "utf8")).toContain("while it is away")
  await stage.browser.context.grantPermissions(["clipboard-read", "clipboard-write"])
  await options.getByRole("button", { name: "Copy" }).click()
  await options.getByText("Copied.").waitFor()
  const copied = await options.evaluate(() => navigator.clipboard.readText())
  expect(JSON.parse(copied)).toMatchObject({ services: [{ service: "schedule", isSignedIn: true, keptAside: 0 }] })
  expect(copied).not.toMatch(/Ann|by hand/)
  expect(await seriousFaults(options, "options")).toEqual([])
  await options.close()
})

test("[POL-18] what the service does not allow cannot be chosen, and the popup says why", async () => {
  await stage.rules([{ match: "/calendar/*", serve: "server" }])
  await shows("The service does not let this browser answer.")
  expect(await popup.getByRole("button", { name: "Let this browser answer" }).isDisabled()).toBe(true)
})
