import { expect, test } from "vitest"
import { RouteBook } from "../../extension/router/route-book.ts"
import { NavigationWatch } from "../../extension/router/watch-navigations.ts"
import type { RouteMode } from "../../shared/switchover/routes.ts"

const ORIGIN = "http://www.sample.com"
const PAGE = `${ORIGIN}/calendar/`

const makeWatch = async (mode: RouteMode, takesOver: boolean) => {
  const log: unknown[] = []
  const book = new RouteBook({
    load: async () => undefined,
    store: async () => {},
    apply: async () => {},
    now: () => 0,
    secret: () => Promise.resolve("5".repeat(64)),
    sleep: () => new Promise(() => {})
  })
  const put = (next: RouteMode) => {
    const routes = [{ match: "/calendar/*", mode: next }]
    const table = { service: "schedule", origin: ORIGIN, mount: "/calendar/", serial: 7, epoch: 1, routes }
    return book.put({ tables: [table], recover: ["schedule"] })
  }
  await put(mode)
  const watch = new NavigationWatch({
    book,
    now: () => 0,
    takeOver: async (_table, _url, closed) => {
      log.push(["take over", closed])
      return takesOver
    },
    reload: async (tab) => void log.push(["reload", tab]),
    open: async (tab, url) => void log.push(["open", tab, url]),
    leadFrame: async (tab) => tab === 9,
    extensionUrl: "chrome-extension://abc/",
    note: (kind, _url, _method, _ms, text) => void log.push([kind, text])
  })
  return { watch, log, put }
}
const refused = (tabId = 1, frameId = 0, error = "net::ERR_CONNECTION_REFUSED") => ({
  url: PAGE,
  error,
  tabId,
  frameId,
  parentFrameId: frameId === 0 ? -1 : 0
})

test("[ROU-20] a navigation that the server failed is repeated once this side has taken over", async () => {
  const { watch, log } = await makeWatch("server", true)
  await watch.failed(refused())
  expect(log).toEqual([
    ["take over", false],
    ["reload", 1],
    ["recovered", "net::ERR_CONNECTION_REFUSED"]
  ])
})

test("[ROU-20] without a takeover the browser's error page stays, and the navigation is counted", async () => {
  const { watch, log } = await makeWatch("server", false)
  await watch.failed(refused())
  expect(log).toEqual([
    ["take over", false],
    ["uncovered", "no takeover after net::ERR_CONNECTION_REFUSED"]
  ])
})

test("[ROU-21] rules that came too late for the browser's first navigation: it is repeated by them", async () => {
  const { watch, log } = await makeWatch("client", false)
  await watch.failed(refused())
  await watch.failed(refused(2, 0, "net::ERR_BLOCKED_BY_CLIENT"))
  expect(log).toEqual([
    ["reload", 1],
    ["recovered", "net::ERR_CONNECTION_REFUSED"],
    ["open", 2, `chrome-extension://abc/route?u=${PAGE}`],
    ["recovered", "net::ERR_BLOCKED_BY_CLIENT"]
  ])
})

test("[F19] a navigation that keeps failing is left alone after three times", async () => {
  const { watch, log } = await makeWatch("client", true)
  for (let time = 0; time < 5; time++) await watch.failed(refused())
  expect(log.filter((row) => (row as unknown[])[0] === "reload")).toHaveLength(3)
  expect(log.at(-1)).toEqual(["uncovered", "failed again: net::ERR_CONNECTION_REFUSED"])
})

test("[ROU-22] other pages, cancelled navigations and frames are not touched; a shell's frame is led", async () => {
  const { watch, log } = await makeWatch("client", true)
  await watch.failed({ ...refused(), url: "http://other.com/calendar/" })
  await watch.failed(refused(1, 0, "net::ERR_ABORTED"))
  await watch.failed(refused(9, 4))
  expect(log).toEqual([])
  await watch.failed({ ...refused(9, 5), parentFrameId: 4 })
  expect(log).toEqual([["uncovered", "a frame failed with net::ERR_CONNECTION_REFUSED"]])
})

test("[SWI-4] drained means that what left before the hold on a held path has arrived", async () => {
  const { watch, put } = await makeWatch("server", true)
  watch.left({ id: "1", url: PAGE, method: "GET", initiator: undefined, tabId: 1 })
  watch.left({ id: "2", url: `${ORIGIN}/other/`, method: "GET", initiator: undefined, tabId: 1 })
  await put("hold")
  let done = false
  const drained = watch.drained("schedule").then(() => (done = true))
  await new Promise((resolve) => setImmediate(resolve))
  expect(done).toBe(false)
  watch.arrived("1")
  await drained
})

test.each([
  ["net::ERR_EMPTY_RESPONSE", "POST", true],
  ["net::ERR_CONNECTION_RESET", "POST", true],
  ["net::ERR_CONNECTION_REFUSED", "POST", false],
  ["net::ERR_BLOCKED_BY_CLIENT", "POST", false],
  ["net::ERR_EMPTY_RESPONSE", "GET", false]
])("[CLI-32] after %s nobody knows whether a %s was done: %s, said once", async (error, method, unsure) => {
  const { watch } = await makeWatch("server", true)
  watch.left({ id: "1", url: PAGE, method, initiator: ORIGIN, tabId: 1 })
  await watch.failed(refused(1, 0, error))
  expect([watch.mayHaveRun(`${PAGE}other`), watch.mayHaveRun(PAGE), watch.mayHaveRun(PAGE)]).toEqual([
    false,
    unsure,
    false
  ])
})
