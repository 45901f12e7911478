// What happens to a client's storage: it is full, deleted, broken, or of yesterday; people change.
import { afterAll, beforeAll, expect, test } from "vitest"
import * as v from "valibot"
import * as Y from "yjs"
import { PlatformBrowser } from "../support/platform/platform-browser.ts"
import { RealEdge, type Person } from "../support/platform/real-edge.ts"

let edge: RealEdge
let ann: Person
let platform: PlatformBrowser

const KEY = (last: number): string => `01934567-89ab-7cde-8f03-${last.toString(16).padStart(12, "0")}`
const EVENT = (title: string): string => JSON.stringify({ title, date: "2026-11-24" })

const titles = (text: string): readonly string[] =>
  (JSON.parse(text) as { events: readonly { title: string }[] }).events.map(({ title }) => title).toSorted()
const here = async (): Promise<readonly string[]> => titles((await platform.ask("GET", "api/events")).text)
const there = async (): Promise<readonly string[]> => titles((await ann.ask("GET", "api/events")).text)
const write = async (title: string, key: number): Promise<number> =>
  (await platform.ask("POST", "api/events", EVENT(title), KEY(key))).status

/** Deletes the databases whose names begin so; resolves when they are gone. */
const deleteDatabases = (prefix: string): Promise<number> =>
  platform.page.evaluate(async (start) => {
    const names = (await indexedDB.databases()).flatMap(({ name }) => (name?.startsWith(start) === true ? [name] : []))
    const gone = (name: string): Promise<void> =>
      new Promise((done, failed) => {
        const request = indexedDB.deleteDatabase(name)
        request.onsuccess = () => done()
        request.onerror = () => failed(new Error(String(request.error)))
      })
    await Promise.all(names.map(gone))
    return names.length
  }, prefix)

/** Yjs client ids of the journal's changes, by the titles that they wrote. */
const journalClients = async (): Promise<ReadonlyMap<string, number>> => {
  const rows: unknown = await platform.page.evaluate(async () => {
    const name = (await indexedDB.databases()).find((one) => one.name?.startsWith("locum/user/") === true)?.name ?? ""
    const request = <T>(wish: IDBRequest<T>): Promise<T> =>
      new Promise((done, failed) => {
        wish.onsuccess = () => done(wish.result)
        wish.onerror = () => failed(new Error(String(wish.error)))
      })
    const database = await request(indexedDB.open(name))
    const found = await request(
      database.transaction("journal").objectStore("journal").getAll() as IDBRequest<{ update: Uint8Array }[]>
    )
    database.close()
    return found.map(({ update }) => [...update])
  })
  return new Map(
    v.parse(v.array(v.array(v.number())), rows).map((bytes) => {
      const update = new Uint8Array(bytes)
      const [struct] = Y.decodeUpdate(update).structs
      const text = new TextDecoder().decode(update)
      return [/title-\w+/.exec(text)?.[0] ?? "", struct?.id.client ?? 0]
    })
  )
}

beforeAll(async () => {
  edge = await RealEdge.start("1.0.0")
  ann = await edge.signIn("Ann", "crew")
  // Without unlimitedStorage: Chromium holds an origin that has it to no quota, an overridden one included.
  platform = await PlatformBrowser.start(edge.pin, ann.session, [])
  expect(await platform.prepare("schedule@1.0.0", "both")).toEqual({ ok: true })
})
afterAll(async () => {
  await platform?.close()
  await edge?.close()
})

test("[F40] [CLI-37] storage that is deleted under an open client is noticed; what was not sent yet is stored again", async () => {
  expect(await write("title-before", 1)).toBe(201)
  expect(await platform.sync()).toEqual({ ok: true })
  await edge.kill()
  expect(await write("title-unsent", 3)).toBe(201)
  expect(await deleteDatabases("locum/user/")).toBe(1)
  expect(await deleteDatabases("locum/document/")).toBeGreaterThan(0)
  await expect.poll(async () => (await platform.told()).join("\n")).toContain("the stored documents were deleted")
  await expect.poll(() => here()).toEqual(["title-before", "title-unsent"])
  expect(await platform.unsent()).toBe(1)
  expect(await write("title-after", 4)).toBe(201)
  await edge.restart("1.0.0")
  await platform.crash()
  expect(await platform.unsent()).toBe(2)
  expect(await platform.sync()).toEqual({ ok: true })
  expect(await there()).toEqual(["title-after", "title-before", "title-unsent"])
})

test("[F40] [CLI-37] a database that is gone at the start is noticed and fetched again; empty never overwrites full", async () => {
  const all = await there()
  await platform.idle()
  expect(await deleteDatabases("locum/user/")).toBe(1)
  await platform.open(ann.session)
  expect((await platform.told()).join("\n")).toContain("the journal's database is gone")
  expect(await platform.sync()).toEqual({ ok: true })
  await platform.idle()
  expect(await deleteDatabases("locum/document/")).toBeGreaterThan(0)
  expect(await deleteDatabases("locum/user/")).toBe(1)
  await platform.open(ann.session)
  expect(await platform.cannotServe()).toContain("has never been fetched")
  expect(await platform.sync()).toEqual({ ok: true })
  expect([await here(), await there()]).toEqual([all, all])
})

test("[F40] [CLI-37] a journal that cannot be read is said and moved aside, not skipped", async () => {
  await platform.idle()
  await platform.page.evaluate(async () => {
    const name = (await indexedDB.databases()).find((one) => one.name?.startsWith("locum/user/") === true)?.name ?? ""
    await new Promise<void>((done, failed) => {
      const opening = indexedDB.open(name)
      opening.onsuccess = () => {
        const transaction = opening.result.transaction("journal", "readwrite")
        transaction.objectStore("journal").add({ document: "schedule/user/ann", seq: 999, update: "broken" })
        transaction.oncomplete = () => {
          opening.result.close()
          done()
        }
        transaction.onabort = () => failed(new Error("not stored"))
      }
    })
  })
  await platform.open(ann.session)
  expect((await platform.told()).join("\n")).toContain("1 of its changes cannot be read")
  expect(await platform.aside()).toMatchObject([{ document: "schedule/user/ann", changes: 1 }])
  expect((await platform.ask("GET", "api/events")).status).toBe(503)
  expect(await platform.sync()).toEqual({ ok: true })
  expect(await here()).toEqual(await there())
})

test("[F42] a profile restored from a backup: new Yjs client ids, nothing reused, nothing lost, nothing twice", async () => {
  const before = await there()
  await edge.kill()
  expect(await write("title-first", 10)).toBe(201)
  await platform.backUp()
  expect(await write("title-lost", 11)).toBe(201)
  const ids = await journalClients()
  await edge.restart("1.0.0")
  expect(await platform.sync()).toEqual({ ok: true })
  await edge.kill()
  await platform.restoreBackup()
  expect(await platform.unsent()).toBe(1)
  expect(await write("title-restored", 12)).toBe(201)
  const restored = await journalClients()
  expect(restored.get("title-first")).toBe(ids.get("title-first"))
  expect([...ids.values()]).not.toContain(restored.get("title-restored"))
  await edge.restart("1.0.0")
  expect(await platform.sync()).toEqual({ ok: true })
  const expected = [...before, "title-first", "title-lost", "title-restored"].toSorted()
  expect([await there(), await here()]).toEqual([expected, expected])
})

test("[F43] who signs out, or somebody else who signs in, reaches nothing of the one before; he finds it all again", async () => {
  const all = await here()
  expect(await write("title-anns", 20)).toBe(201)
  const bob = await edge.signIn("Bob", "")
  await platform.identify(bob.session)
  expect(await platform.sync()).toEqual({ ok: true })
  expect(await here()).toEqual([])
  expect(await platform.unsent()).toBe(0)
  await platform.page.evaluate(() =>
    (globalThis as unknown as { bench: { identify(who: null): Promise<void> } }).bench.identify(null)
  )
  expect((await platform.ask("GET", "api/events")).status).toBe(503)
  await platform.identify(ann.session)
  // Whether the edge had it before she left is a matter of time.
  expect(await here()).toEqual([...all, "title-anns"].toSorted())
})

test("[F39] [CLI-38] with the storage full a write gets an error and leaves nothing; with room it is done", async () => {
  const before = await here()
  await platform.limitStorage(1)
  // Chromium goes by the room that it saw up to half a minute ago.
  const accepted: string[] = []
  let tried = 100
  const fill = async (): Promise<number> => {
    const title = `title-fill${++tried}`
    const status = await write(title, tried)
    if (status === 201) accepted.push(title)
    return status
  }
  await expect.poll(fill, { timeout: 60_000, interval: 1000 }).toBe(503)
  expect(await here()).toEqual([...before, ...accepted].toSorted())
  await platform.limitStorage(null)
  const refused = tried
  await expect.poll(() => write(`title-fill${refused}`, refused), { timeout: 60_000, interval: 1000 }).toBe(201)
  expect(await platform.sync()).toEqual({ ok: true })
  expect(await there()).toEqual([...before, ...accepted, `title-fill${refused}`].toSorted())
})
