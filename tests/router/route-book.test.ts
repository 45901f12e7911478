import { expect, test } from "vitest"
import { RouteBook, type Routes } from "../../extension/router/route-book.ts"
import type { RouteMode } from "../../shared/switchover/routes.ts"
import { localPathOf, localPlace } from "../../extension/platform/local-url.ts"

const SECRET = "5".repeat(64)
const ORIGIN = "http://www.sample.com"
const routes = (mode: RouteMode): Routes => ({
  recover: ["schedule"],
  tables: [
    {
      service: "schedule",
      origin: ORIGIN,
      mount: "/calendar/",
      serial: 7,
      epoch: 1,
      routes: [{ match: "/calendar/*", mode }]
    }
  ]
})

/** A book over memory, with a clock that the test moves and rules that can refuse. */
const makeBook = (stored?: unknown) => {
  const world = { stored, applied: [] as Routes[], at: 0, refuse: false, late: () => {} }
  const book = new RouteBook({
    load: async () => world.stored,
    store: async (value) => void (world.stored = value),
    apply: async (value) => {
      if (world.refuse) throw new Error("Rule with id 2000 does not have a unique ID")
      world.applied.push(value)
    },
    now: () => world.at,
    secret: async () => SECRET,
    sleep: (_ms, signal) =>
      new Promise((resolve) => {
        world.late = resolve
        signal.addEventListener("abort", () => resolve())
      })
  })
  return { book, world }
}
const URL_HELD = `${ORIGIN}/calendar/x?y`

test("[ROU-14] a held navigation waits for the flip, and its time is counted", async () => {
  const { book, world } = makeBook()
  await book.put(routes("hold"))
  const mode = book.settledModeOf(URL_HELD)
  await Promise.resolve()
  world.at = 40
  const figures = await book.put(routes("client"))
  expect(await mode).toBe("client")
  expect(figures).toEqual({ held: 1, longestHoldMs: 40 })
})

test("[ROU-14] nobody waits longer than a hold may last: the server has it then", async () => {
  const { book, world } = makeBook()
  await book.put(routes("hold"))
  const mode = book.settledModeOf(URL_HELD)
  await book.ready
  await Promise.resolve()
  world.late()
  expect(await mode).toBe("server")
})

test("[F16] rules that the browser refuses leave the old routes in force", async () => {
  const { book, world } = makeBook()
  await book.put(routes("client"))
  world.refuse = true
  await expect(book.put(routes("server"))).rejects.toThrow("unique ID")
  expect(book.modeOf(URL_HELD)).toBe("client")
  world.refuse = false
  await book.put(routes("server"))
  expect(book.modeOf(URL_HELD)).toBe("server")
})

test("[F17] a new worker starts from what was stored, and from the server's side when that is unreadable", async () => {
  const known = makeBook(routes("client"))
  await known.book.ready
  expect(known.book.modeOf(URL_HELD)).toBe("client")
  const broken = makeBook({ tables: [{ service: 1 }] })
  await broken.book.ready
  expect(broken.book.modeOf(URL_HELD)).toBe("server")
})

test("[ROU-1] the address of a local page leads back to the URL that it stands for, for this service only", async () => {
  const { book } = makeBook(routes("client"))
  await book.ready
  const place = localPlace(SECRET, { service: "schedule", origin: ORIGIN })
  const path = localPathOf(place, URL_HELD) ?? ""
  expect(path).toMatch(/^\/~[0-9a-f]{32}\/calendar\/x\?y$/)
  expect((await book.localOf(path))?.url).toBe(URL_HELD)
  expect(await book.localOf(`/~${"0".repeat(32)}/calendar/x`)).toBeUndefined()
  expect(localPathOf(place, "http://other.com/calendar/x")).toBeNull()
})

test("[ROU-1] another installation, service or origin has another name", () => {
  const names = [
    localPlace(SECRET, { service: "schedule", origin: ORIGIN }),
    localPlace(SECRET, { service: "notes", origin: ORIGIN }),
    localPlace(SECRET, { service: "schedule", origin: "http://other.com" }),
    localPlace("6".repeat(64), { service: "schedule", origin: ORIGIN })
  ].map(({ prefix }) => prefix)
  expect(new Set(names).size).toBe(4)
})
