// The built extension: a change that the server refuses is shown to its author in the popup, who saves it; nobody else sees it.
import { readFile } from "node:fs/promises"
import type { Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"
import { freePort } from "../../scripts/local/free-port.ts"
import { until } from "../../scripts/local/until.ts"
import { clientServes } from "../../scripts/story/stage/standing-rules.ts"
import { ADMIN_TOKEN, BrowserStage } from "../support/stage.ts"

const WITHIN_MS = 30_000
const CREW = "schedule/team/crew"
let stage: BrowserStage
let page: Page

const setRole = async (port: number, subject: string, role: string): Promise<number> => {
  const answer = await fetch(`http://127.0.0.1:${port}/_locum/members/${CREW}/${subject}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    body: JSON.stringify({ role })
  })
  await answer.arrayBuffer()
  return answer.status
}

/** A fresh popup, as a person would open it. */
const popup = async (): Promise<Page> => {
  const opened = await stage.browser.context.newPage()
  await opened.goto(`chrome-extension://${stage.browser.extensionId}/popup.html`)
  await opened.locator(".card").waitFor()
  return opened
}

beforeAll(async () => {
  stage = await BrowserStage.set()
  expect(await setRole(stage.port, "ann", "owner")).toBe(200)
  page = await stage.signIn("Bob", "crew")
  await page.goto(`${stage.origin}/calendar/team/crew/`)
  await stage.rules(clientServes("/calendar/"))
  await stage.settled("client")
})
afterAll(() => stage.strike())

test("[CLI-34] what the server refuses is in the author's popup, and he saves it as a file", async () => {
  await stage.killEdge()
  const written = await page.evaluate(async () => {
    const body = JSON.stringify({ title: "in good faith", date: "2026-11-24" })
    const headers = { "content-type": "application/json" }
    return (await fetch("/calendar/team/crew/api/events", { method: "POST", headers, body })).status
  })
  expect(written).toBe(201)
  const elsewhere = await freePort()
  await stage.startEdge("1.0.0", elsewhere)
  expect(await setRole(elsewhere, "bob", "reader")).toBe(200)
  await stage.killEdge()
  await stage.startEdge("1.0.0")
  const shown = await until("the popup to show what is kept", WITHIN_MS, async () => {
    const opened = await popup()
    if ((await opened.locator(".aside li").count()) > 0) return opened
    await opened.close()
    return undefined
  })
  expect(await shown.locator(".aside").innerText()).toContain("Not taken by the server, kept for you here")
  expect(await shown.locator(".aside li").innerText()).toContain(`${CREW}: 1 change`)
  const [download] = await Promise.all([
    shown.waitForEvent("download"),
    shown.getByRole("button", { name: "Save as a file" }).click()
  ])
  expect(download.suggestedFilename()).toMatch(/^schedule-kept-\d+\.json$/)
  expect(await readFile(await download.path(), "utf8")).toContain("in good faith")
  await shown.close()
})

test("[CLI-35] [F43] somebody else in the same browser sees nothing of it", async () => {
  await stage.rules([{ match: "/calendar/*", serve: "server" }])
  await stage.settled("server")
  const carls = await stage.signIn("Carl", "crew")
  await until("the popup to know Carl", WITHIN_MS, async () => {
    const opened = await popup()
    const text = await opened.locator(".card").innerText()
    const count = await opened.locator(".aside li").count()
    await opened.close()
    expect(text.includes("Carl") && count > 0).toBe(false)
    return text.includes("Carl") ? true : undefined
  })
  await carls.close()
})
