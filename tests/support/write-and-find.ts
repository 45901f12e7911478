import type { Page } from "playwright-core"

/** What a search found at once, and which state it was answered from (`Locum-Version`). */
export interface Found {
  readonly titles: readonly string[]
  readonly version: string | null
}

/** Writes an event and searches for it at once, in a page of the service. */
export const writeAndFind = (page: Page, title: string): Promise<Found> =>
  page.evaluate(async (name) => {
    const body = JSON.stringify({ title: name, date: "2026-11-26", start: "10:00", end: "11:00" })
    const headers = { "Content-Type": "application/json" }
    const written = await fetch("/calendar/api/events", { method: "POST", headers, body })
    if (!written.ok) throw new Error(`${written.status} ${await written.text()}`)
    const found = await fetch(`/calendar/api/search?q=${name}`)
    const { events } = (await found.json()) as { events: { title: string }[] }
    return { titles: events.map((event) => event.title), version: found.headers.get("Locum-Version") }
  }, title)
