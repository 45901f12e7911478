// What the server would not have, kept aside for its author: shown, exported, asked again, discarded; nobody else's.
import { afterAll, beforeAll, expect, test } from "vitest"
import * as v from "valibot"
import { PlatformBrowser } from "../support/platform/platform-browser.ts"
import { RealEdge, type Person } from "../support/platform/real-edge.ts"

let edge: RealEdge
let ann: Person
let bob: Person
let platform: PlatformBrowser

const CREW = "schedule/team/crew"
const EVENTS = "team/crew/api/events"
const KEY = (last: number): string => `01934567-89ab-7cde-8f02-${last.toString(16).padStart(12, "0")}`
const EVENT = (title: string): string => JSON.stringify({ title, date: "2026-11-24" })

const titles = (text: string): readonly string[] =>
  (JSON.parse(text) as { events: readonly { title: string }[] }).events.map(({ title }) => title).toSorted()
const here = async (path: string): Promise<readonly string[]> => titles((await platform.ask("GET", path)).text)
const there = async (who: Person, path: string): Promise<readonly string[]> => titles((await who.ask("GET", path)).text)

const setRole = (role: string): Promise<number> => ann.control("PUT", `members/${CREW}/bob`, JSON.stringify({ role }))

/** Bob writes here while the server is away; it comes back before his client knows. */
const whileAway = async (
  ...writes: readonly (readonly [path: string, title: string, key: number])[]
): Promise<void> => {
  await edge.kill()
  for (const [path, title, key] of writes)
    expect((await platform.ask("POST", path, EVENT(title), KEY(key))).status).toBe(201)
  await edge.restart("1.0.0")
}

beforeAll(async () => {
  edge = await RealEdge.start("1.0.0")
  ann = await edge.signIn("Ann", "crew")
  bob = await edge.signIn("Bob", "crew")
  expect((await ann.ask("POST", EVENTS, EVENT("Ann's"), KEY(1))).status).toBe(201)
  platform = await PlatformBrowser.start(edge.pin, bob.session)
  expect(await platform.prepare("schedule@1.0.0", "both")).toEqual({ ok: true })
})
afterAll(async () => {
  await platform?.close()
  await edge?.close()
})

test("[CLI-33] [F62] who became a reader meanwhile: his changes are refused whole, kept aside, and the client starts again from the edge's state", async () => {
  await whileAway([EVENTS, "Bob's first", 2], [EVENTS, "Bob's second", 3], ["api/events", "Bob's own", 4])
  expect(await setRole("reader")).toBe(200)
  await platform.sync()
  await expect.poll(() => platform.aside()).toMatchObject([{ document: CREW, changes: 2, redone: 0 }])
  expect((await platform.aside())[0]?.reason).toContain(`You may read ${CREW}, not change it.`)
  expect(await platform.told()).toContain("forbidden: the session is to be looked at")
  await platform.identify(await bob.sessionNow())
  await expect.poll(async () => (await platform.sync()).ok).toBe(true)
  expect(await there(ann, EVENTS)).toEqual(["Ann's"])
  expect(await here(EVENTS)).toEqual(["Ann's"])
  expect(await there(bob, "api/events")).toEqual(["Bob's own"])
  expect(await platform.unsent()).toBe(0)
})

test("[CLI-31] a reader's write is answered here as at the edge, before the app runs", async () => {
  const local = await platform.ask("POST", "team/crew/no/such/page", "x", KEY(5))
  const remote = await bob.ask("POST", "team/crew/no/such/page", "x", KEY(5))
  expect([local.status, local.text]).toEqual([403, `You may read ${CREW}, not change it.\n`])
  expect(remote).toEqual({ status: local.status, text: local.text })
})

const ExportSchema = v.object({
  subject: v.string(),
  document: v.string(),
  state: v.pipe(v.string(), v.minLength(10)),
  changes: v.array(
    v.object({
      method: v.string(),
      url: v.string(),
      at: v.string(),
      request: v.object({ key: v.string(), body: v.object({ text: v.string() }) }),
      answer: v.object({ status: v.number() }),
      update: v.pipe(v.string(), v.minLength(10)),
      wrote: v.array(v.object({ map: v.string(), key: v.string(), value: v.unknown() }))
    })
  )
})

test("[CLI-34] the export holds each request with body, answer and time, and what it wrote", async () => {
  const [lot] = await platform.aside()
  const reply = await platform.onAside("export", lot?.id ?? 0)
  if (!reply.ok) throw new Error(reply.error)
  const exported = v.parse(ExportSchema, JSON.parse(reply.text))
  expect(exported).toMatchObject({ subject: "bob", document: CREW })
  expect(exported.changes.map(({ method, request, answer }) => [method, request, answer.status])).toMatchObject([
    ["POST", { key: KEY(2), body: { text: EVENT("Bob's first") } }, 201],
    ["POST", { key: KEY(3), body: { text: EVENT("Bob's second") } }, 201]
  ])
  expect(JSON.stringify(exported.changes[0]?.wrote)).toContain("Bob's first")
})

test("[CLI-35] asked again: a reader is told that it is still not done; an editor's are done, each once", async () => {
  const id = (await platform.aside())[0]?.id ?? 0
  const refused = await platform.onAside("retry", id)
  expect(refused).toMatchObject({ ok: true, text: expect.stringContaining("not done (403") })
  expect(await setRole("editor")).toBe(200)
  await platform.identify(await bob.sessionNow())
  for (let round = 0; round < 2; round++) {
    const done = await platform.onAside("retry", id)
    expect(done).toEqual({
      ok: true,
      text: `POST /calendar/${EVENTS}: done\nPOST /calendar/${EVENTS}: done\nThe server has what was done.`
    })
    expect(await there(ann, EVENTS)).toEqual(["Ann's", "Bob's first", "Bob's second"])
  }
  expect(await platform.aside()).toMatchObject([{ changes: 2, redone: 2 }])
})

test("[CLI-35] [F43] another user of the same browser finds nothing of it, its author everything, until he discards it", async () => {
  const id = (await platform.aside())[0]?.id ?? 0
  const carl = await edge.signIn("Carl", "crew")
  await platform.open(carl.session)
  expect(await platform.aside()).toEqual([])
  expect(await platform.onAside("export", id)).toMatchObject({ ok: false })
  expect((await platform.ask("GET", "api/events")).text).not.toContain("Bob's")
  await platform.open(bob.session)
  expect(await platform.aside()).toMatchObject([{ id, changes: 2 }])
  expect(await platform.onAside("discard", id)).toMatchObject({ ok: true })
  await platform.crash()
  expect(await platform.aside()).toEqual([])
})

test("[CLI-33] who was removed meanwhile: the document is closed, what he changed in it is kept aside", async () => {
  await whileAway([EVENTS, "Bob's third", 6])
  expect(await ann.control("DELETE", `members/${CREW}/bob`)).toBe(200)
  await expect.poll(async () => (await bob.sessionNow()).services[0]?.documents.length).toBe(1)
  await platform.identify(await bob.sessionNow())
  expect(await platform.aside()).toMatchObject([
    { document: CREW, changes: 1, reason: "you may not change it any more" }
  ])
  const local = await platform.ask("GET", EVENTS)
  const remote = await bob.ask("GET", EVENTS)
  expect([local.status, local.text]).toEqual([403, remote.text])
  expect(await there(ann, EVENTS)).toEqual(["Ann's", "Bob's first", "Bob's second"])
})
