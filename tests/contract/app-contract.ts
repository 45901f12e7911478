/**
 * What the schedule does for whoever calls it, on whichever side it runs: the same suite against the unit of work in plain
 * Node, the edge in workerd, and a page of a real browser. Uses no runtime API beyond Fetch. Keeps SPEC rules APP-60 to APP-66.
 */
import { expect, test } from "vitest"

/** A signed-in person (id or subject `ada`, member of the group `red`) who can call the schedule. */
export interface Connection {
  /** `http://127.0.0.1:8787`: what the absolute URLs of requests begin with. */
  readonly origin: string
  /** Sends a request. Redirects may come back as they are or followed; cookies are the connection's own matter. */
  fetch(request: Request): Promise<Response>
}

interface CalendarEvent {
  readonly id: string
  readonly title: string
  readonly date: string
  readonly place: string
  readonly notes: string
  readonly token: string
}

/** What a call may add to a GET. */
interface Call {
  readonly method?: string
  readonly form?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly bytes?: Uint8Array<ArrayBuffer>
  readonly key?: string
  readonly accept?: string
}

/** Runs the suite; `connect` is asked once for each test. Documents need not be empty. `name` stands in the titles. */
export function appContract(name: string, connect: () => Promise<Connection>): void {
  for (const [title, body] of CASES) {
    test(`${title} (${name})`, async () => {
      await body(new Caller(await connect()))
    })
  }
}

let unique = 0
/** A word that occurs nowhere else in any document. */
const word = (): string => `w${Date.now().toString(36)}x${Math.floor(Math.random() * 1e9).toString(36)}x${unique++}`
const DAY = "2026-11-23"
const MONTH = "?month=2026-11"

/** A UUIDv7, as a page's script makes one. */
function newKey(): string {
  const time = Date.now().toString(16).padStart(12, "0")
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`
}

class Caller {
  readonly #connection: Connection
  constructor(connection: Connection) {
    this.#connection = connection
  }

  async send(path: string, { method, form, json, bytes, key, accept }: Call = {}): Promise<Response> {
    const headers = new Headers({ accept: accept ?? "*/*" })
    if (form) headers.set("content-type", "application/x-www-form-urlencoded")
    if (json !== undefined) headers.set("content-type", "application/json")
    if (bytes) headers.set("content-type", "application/octet-stream")
    if (key) headers.set("idempotency-key", key)
    const body =
      bytes ?? (form ? new URLSearchParams(form).toString() : json === undefined ? null : JSON.stringify(json))
    const init = { method: method ?? (body === null ? "GET" : "POST"), headers, body, redirect: "manual" as const }
    return this.#connection.fetch(new Request(this.#connection.origin + path, init))
  }

  /** Sends, and goes where a redirect leads. */
  async follow(path: string, call: Call = {}): Promise<Response> {
    const answer = await this.send(path, call)
    if (answer.status < 300 || answer.status > 399) return answer
    await answer.arrayBuffer()
    const address = new URL(answer.headers.get("location") ?? "", this.#connection.origin + path)
    return this.follow(address.pathname + address.search)
  }

  async page(path: string): Promise<string> {
    const answer = await this.follow(path, { accept: "text/html" })
    expect(answer.status).toBe(200)
    expect(answer.headers.get("content-type")).toMatch(/^text\/html/)
    return answer.text()
  }

  async create(values: object, base = "/calendar"): Promise<CalendarEvent> {
    const answer = await this.send(`${base}/api/events`, { json: { date: DAY, ...values }, key: newKey() })
    expect(answer.status).toBe(201)
    return (await answer.json()) as CalendarEvent
  }

  async list(base = "/calendar"): Promise<readonly CalendarEvent[]> {
    const answer = await this.send(`${base}/api/events`)
    expect(answer.status).toBe(200)
    return ((await answer.json()) as { events: CalendarEvent[] }).events
  }

  async exported(base = "/calendar"): Promise<string> {
    return (await this.send(`${base}/api/export`)).text()
  }
}

/** The key in the hidden field of the page's form with that action. */
function keyIn(page: string, action: string): string {
  const form = page.slice(page.indexOf(`action="${action}"`))
  const key = /name="locum-key" value="([0-9a-f-]{36})"/.exec(form)?.[1]
  if (key === undefined) throw new Error(`the page has no form with a key for ${action}`)
  return key
}

const CASES: readonly (readonly [title: string, body: (caller: Caller) => Promise<void>])[] = [
  [
    "[APP-60] the calendar is a page with a month and forms",
    async (caller) => {
      const page = await caller.page(`/calendar/${MONTH}`)
      expect(page).toContain("November 2026")
      expect(page).toMatch(/^<!doctype html>/)
      expect(page).toMatch(/<meta name="generator" content="schedule \d+\.\d+\.\d+"/)
      expect(keyIn(page, "/calendar/events")).not.toBe(keyIn(await caller.page("/calendar/"), "/calendar/events"))
    }
  ],
  [
    "[APP-60] a form adds an event, with scripts off",
    async (caller) => {
      const title = word()
      const key = keyIn(await caller.page("/calendar/events/new"), "/calendar/events")
      const form = { "locum-key": key, title, date: DAY, start: "09:30", place: "Room 4", token: `token-${title}` }
      const page = await (await caller.follow("/calendar/events", { form })).text()
      expect(page).toContain(title)
      expect(page).toContain("November 2026")
      expect((await caller.list()).filter((event) => event.title === title)).toMatchObject([
        { place: "Room 4", token: `token-${title}` }
      ])
    }
  ],
  [
    "[APP-60] forms change and delete an event",
    async (caller) => {
      const [title, changed] = [word(), word()]
      const { id } = await caller.create({ title })
      const address = `/calendar/events/${id}`
      const page = await caller.page(address)
      const form = { "locum-key": keyIn(page, address), title: changed, date: "2026-12-01" }
      expect(await (await caller.follow(address, { form })).text()).toContain("December 2026")
      expect(await caller.page(address)).toContain(changed)
      const deletion = { "locum-key": keyIn(page, `${address}/delete`) }
      expect((await caller.follow(`${address}/delete`, { form: deletion })).status).toBe(200)
      expect((await caller.send(address)).status).toBe(410)
      expect(await caller.page("/calendar/?month=2026-12")).not.toContain(changed)
    }
  ],
  [
    "[APP-61] the API creates, reads, changes and deletes",
    async (caller) => {
      const title = word()
      const { id } = await caller.create({ title, start: "10:00" })
      const address = `/calendar/api/events/${id}`
      expect(await (await caller.send(address)).json()).toMatchObject({ id, title, date: DAY, start: "10:00" })
      const put = await caller.send(address, { method: "PUT", json: { place: "Hall" }, key: newKey() })
      expect(put.status).toBe(200)
      expect(await put.json()).toMatchObject({ title, place: "Hall" })
      const gone = await caller.send(address, { method: "DELETE", json: { token: `token-${title}` }, key: newKey() })
      expect([gone.status, await gone.text()]).toEqual([204, ""])
      expect((await caller.send(address)).status).toBe(410)
      expect((await caller.send(address, { method: "PUT", json: { place: "x" } })).status).toBe(410)
    }
  ],
  [
    "[APP-62] what the app refuses it refuses itself, and nothing of it is written",
    async (caller) => {
      const token = word()
      for (const json of [
        { date: DAY, token },
        { title: " ", date: DAY, token },
        { title: "x", date: "2026-02-30", token },
        [],
        "x"
      ]) {
        expect((await caller.send("/calendar/api/events", { json })).status).toBe(422)
      }
      const form = await caller.send("/calendar/events", { form: { title: "", date: DAY, token } })
      expect(form.status).toBe(422)
      expect(await form.text()).toContain("must not be empty")
      expect((await caller.send("/calendar/api/events/nobody")).status).toBe(404)
      expect((await caller.send("/calendar/nowhere")).status).toBe(404)
      expect(await caller.exported()).not.toContain(token)
    }
  ],
  [
    "[APP-63][F36] a write repeated under its key is done once and answered the same",
    async (caller) => {
      const [title, key] = [word(), newKey()]
      const call = { json: { title, date: DAY }, key }
      const answers = await Promise.all([1, 2, 3].map(() => caller.send("/calendar/api/events", call)))
      const bodies = await Promise.all(answers.map((answer) => answer.text()))
      expect(answers.map(({ status }) => status)).toEqual([201, 201, 201])
      expect(new Set(bodies).size).toBe(1)
      expect((await caller.list()).filter((event) => event.title === title)).toHaveLength(1)
      const form = { "locum-key": newKey(), title: `${title} form`, date: DAY }
      await caller.follow("/calendar/events", { form })
      await caller.follow("/calendar/events", { form })
      expect((await caller.list()).filter((event) => event.title === `${title} form`)).toHaveLength(1)
    }
  ],
  [
    "[APP-63] the same key with another body is another write",
    async (caller) => {
      const [title, key] = [word(), newKey()]
      for (const place of ["one", "two"])
        await caller.send("/calendar/api/events", { json: { title, date: DAY, place }, key })
      expect((await caller.list()).filter((event) => event.title === title)).toHaveLength(2)
    }
  ],
  [
    "[APP-64] every write is found again: shown, superseded, deleted",
    async (caller) => {
      const tokens = [word(), word(), word(), word()]
      const { id } = await caller.create({ title: "History", token: tokens[0] })
      const address = `/calendar/api/events/${id}`
      await caller.send(address, { method: "PUT", json: { token: tokens[1] }, key: newKey() })
      await caller.follow(`/calendar/events/${id}`, { form: { title: "Later", token: tokens[2] ?? "" } })
      await caller.send(`${address}?token=${tokens[3]}`, { method: "DELETE", key: newKey() })
      const all = await caller.exported()
      for (const token of tokens) expect(all).toContain(token)
      const { entries } = JSON.parse(all) as { entries: { record: string; field: string; value: unknown }[] }
      expect(entries).toContainEqual(expect.objectContaining({ record: id, field: "$deleted", value: true }))
    }
  ],
  [
    "[APP-65] a team's calendar and one's own are kept apart",
    async (caller) => {
      const [own, team] = [word(), word()]
      await caller.create({ title: own })
      await caller.create({ title: team }, "/calendar/team/red")
      const titles = async (base: string) => (await caller.list(base)).map((event) => event.title)
      expect(await titles("/calendar")).toEqual(expect.arrayContaining([own]))
      expect(await titles("/calendar")).not.toContain(team)
      expect(await titles("/calendar/team/red")).toContain(team)
      expect(await caller.page(`/calendar/team/red/${MONTH}`)).toContain(team)
      expect(await caller.page("/calendar/team/red")).toContain("Team red")
      expect(await caller.page("/calendar/go?team=red")).toContain("Team red")
    }
  ],
  [
    "[APP-66] bodies come through as they are: text of any script, bytes, 100 KB",
    async (caller) => {
      const title = `<b>&"' 日本語 🎉 é ${word()}`
      const notes = "0123456789abcdef".repeat(6400)
      const { id } = await caller.create({ title, notes })
      expect(await (await caller.send(`/calendar/api/events/${id}`)).json()).toMatchObject({ title, notes })
      expect(await caller.page(`/calendar/${MONTH}`)).toContain("&lt;b&gt;&amp;&quot;&#39; 日本語 🎉 é")
      const bytes = Uint8Array.from({ length: 3000 }, (_, index) => (index * 7) % 256)
      expect((await caller.send("/calendar/api/cover", { method: "PUT", bytes, key: newKey() })).status).toBe(204)
      const cover = await caller.send("/calendar/api/cover")
      expect(cover.headers.get("content-type")).toBe("application/octet-stream")
      expect(new Uint8Array(await cover.arrayBuffer())).toEqual(bytes)
    }
  ],
  [
    "[APP-66] HEAD answers like GET, without a body",
    async (caller) => {
      const answer = await caller.send("/calendar/", { method: "HEAD" })
      expect([answer.status, await answer.text()]).toEqual([200, ""])
      expect(answer.headers.get("content-type")).toMatch(/^text\/html/)
    }
  ],
  [
    "[APP-60] search finds an event by a word of its title",
    async (caller) => {
      const title = word()
      const { id } = await caller.create({ title })
      expect(await caller.page(`/calendar/search/?q=${title}`)).toContain(`/calendar/events/${id}`)
      expect(await caller.page(`/calendar/search/?q=${word()}`)).toContain("Nothing found")
    }
  ],
  [
    "[APP-69] a deleted event comes back with all it held, by the form on its page and by the API",
    async (caller) => {
      const title = word()
      const { id } = await caller.create({ title, place: "Room 4" })
      const [page, api] = [`/calendar/events/${id}`, `/calendar/api/events/${id}`]
      await caller.send(api, { method: "DELETE", key: newKey() })
      const gone = await caller.send(page, { accept: "text/html" })
      expect(gone.status).toBe(410)
      const form = { "locum-key": keyIn(await gone.text(), `${page}/restore`) }
      expect(await (await caller.follow(`${page}/restore`, { form })).text()).toContain(title)
      await caller.send(api, { method: "DELETE", key: newKey() })
      const restored = await caller.send(`${api}/restore`, { method: "POST", key: newKey() })
      expect([restored.status, await restored.json()]).toMatchObject([200, { id, title, place: "Room 4" }])
      expect((await caller.send(api)).status).toBe(200)
      expect((await caller.send("/calendar/api/events/nobody/restore", { method: "POST" })).status).toBe(404)
      // It knew all that was there: nothing to decide.
      expect(await (await caller.send("/calendar/api/deleted")).text()).not.toContain(id)
    }
  ],
  [
    "[APP-68] where people saw each other's changes there is nothing to settle, and what is no choice is refused",
    async (caller) => {
      const { id } = await caller.create({ title: word() })
      const address = `/calendar/api/events/${id}`
      await caller.send(address, { method: "PUT", json: { place: "Hall" }, key: newKey() })
      expect(await (await caller.send(address)).json()).toMatchObject({ conflicts: [] })
      expect(await (await caller.send(`${address}/conflicts`)).json()).toEqual({ conflicts: [] })
      expect(await caller.page(`/calendar/events/${id}`)).not.toContain('id="conflicts"')
      expect((await caller.send(`${address}/conflicts/place`, { json: {} })).status).toBe(422)
      expect((await caller.send(`${address}/conflicts/place`, { json: { write: "none" } })).status).toBe(409)
      expect((await caller.send("/calendar/api/events/nobody/conflicts")).status).toBe(404)
      const form = { field: "place", write: "none" }
      expect((await caller.send(`/calendar/events/${id}/conflicts`, { form })).status).toBe(409)
      expect((await caller.list()).find((event) => event.id === id)).toMatchObject({ place: "Hall" })
    }
  ],
  [
    "[APP-74] a calendar file is brought in, repeats, is changed at one of its times, and goes out",
    async (caller) => {
      const [uid, changed] = [word(), word()]
      const lines = [
        "BEGIN:VCALENDAR",
        "BEGIN:VEVENT",
        `UID:${uid}`,
        `SUMMARY:${uid}`,
        "DTSTART;VALUE=DATE:20261101",
        "RRULE:FREQ=DAILY;COUNT=3",
        "END:VEVENT",
        "END:VCALENDAR"
      ]
      const bytes = Uint8Array.from(new TextEncoder().encode(lines.join("\r\n")))
      const answer = await caller.send("/calendar/api/import", { bytes, key: newKey() })
      expect(answer.status).toBe(201)
      const { calendar } = (await answer.json()) as { calendar: string }
      const event = (await caller.list()).find(({ title }) => title === uid)
      const edit = { instance: "20261102", scope: "one", change: { title: changed } }
      const path = `/calendar/api/events/${event?.id ?? ""}/edit`
      expect((await caller.send(path, { json: edit, key: newKey() })).status).toBe(200)
      const times = await (await caller.send("/calendar/api/occurrences?from=2026-11-01&to=2026-12-01")).text()
      expect(times.match(new RegExp(`"title":"${uid}"`, "g"))).toHaveLength(2)
      expect(times).toContain(`"title":"${changed}"`)
      const file = await (await caller.send(`/calendar/export.ics?calendar=${calendar}`)).text()
      expect(file.split("\r\n")).toEqual(expect.arrayContaining([...lines.slice(2, -2), `SUMMARY:${changed}`]))
    }
  ],
  [
    "[APP-63] many writes at once are all there",
    async (caller) => {
      const title = word()
      await Promise.all(Array.from({ length: 20 }, (_, index) => caller.create({ title: `${title} ${index}` })))
      expect((await caller.list()).filter((event) => event.title.startsWith(title))).toHaveLength(20)
    }
  ]
]
