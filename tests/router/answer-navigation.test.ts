import { expect, test } from "vitest"
import {
  answerNavigation,
  originalUrl,
  type Answer,
  type Navigation,
  type NavigationPorts
} from "../../extension/router/answer-navigation.ts"
import { RouteBook } from "../../extension/router/route-book.ts"
import { localPlace } from "../../extension/platform/local-url.ts"
import type { RouteMode } from "../../shared/switchover/routes.ts"

const ORIGIN = "http://www.sample.com"
const EXTENSION = "chrome-extension://abc/"
const SECRET = "5".repeat(64)
const PREFIX = localPlace(SECRET, { service: "schedule", origin: ORIGIN }).prefix
const LOCAL = EXTENSION + PREFIX.slice(1)

interface World {
  readonly ports: NavigationPorts
  readonly log: unknown[]
}

const makeWorld = async (mode: RouteMode, answer?: Partial<NavigationPorts>): Promise<World> => {
  const log: unknown[] = []
  const book = new RouteBook({
    load: async () => undefined,
    store: async () => {},
    apply: async () => {},
    now: () => 0,
    secret: () => Promise.resolve(SECRET),
    sleep: () => new Promise(() => {})
  })
  const routes = [{ match: "/calendar/*", mode }]
  const table = { service: "schedule", origin: ORIGIN, mount: "/calendar/", serial: 7, epoch: 1, routes }
  await book.put({ tables: [table], recover: [] })
  const ports: NavigationPorts = {
    book,
    extensionUrl: EXTENSION,
    answerHere: async (_table, request, url, body, type, mayHaveRun) => {
      const text = body === null ? null : new TextDecoder().decode(body)
      log.push(["here", request.method, url, text, type, ...(mayHaveRun ? ["may have run"] : [])])
      return {
        status: 200,
        headers: [
          ["set-cookie", "a=1"],
          ["content-type", "text/html"]
        ],
        body: "page"
      }
    },
    takeOver: async () => false,
    mayHaveRun: () => false,
    keep: async ({ body, contentType }) => {
      log.push(["keep", new TextDecoder().decode(body), contentType])
      return "0".repeat(32)
    },
    take: async () => null,
    cameFrom: () => false,
    note: () => {},
    now: () => 0,
    wake: () => undefined,
    packaged: async (path) => ({ status: 200, headers: [], body: path }),
    newFrameName: () => "locum-1",
    ...answer
  }
  return { ports, log }
}

const navigation = (url: string, method = "GET", body = "", referrer = `${ORIGIN}/calendar/`): Navigation => ({
  method,
  url,
  fragment: "",
  isTop: true,
  referrer,
  contentType: method === "POST" ? "application/x-www-form-urlencoded" : "",
  headers: [],
  body: async () => new TextEncoder().encode(body).buffer
})

const ask = async ({ ports }: World, request: Navigation): Promise<Answer> => {
  const answer = answerNavigation(ports, request)
  if (answer === null) throw new Error(`${request.url} is left to the browser`)
  return answer
}
const locationOf = (answer: Answer): unknown => [
  answer.status,
  answer.headers.find(([name]) => name === "location")?.[1]
]

test("[ROU-15] the URL behind u= is taken whole, query and all", () => {
  expect(originalUrl("?u=http://a/b?c=d&u=e")).toBe("http://a/b?c=d&u=e")
  expect(originalUrl("?closed&u=http://a/b")).toBe("http://a/b")
})

test("[ROU-30] on the server's side a GET goes on; a POST's body is stored, and the shell sends it", async () => {
  const world = await makeWorld("server")
  const url = `${ORIGIN}/calendar/a?b=c&u=d`
  expect(locationOf(await ask(world, navigation(`${EXTENSION}route?u=${url}`)))).toEqual([302, url])
  expect(locationOf(await ask(world, navigation(`${EXTENSION}route?u=${url}`, "POST", "x=1")))).toEqual([
    303,
    `${EXTENSION}tabs/shell.html?s=${"0".repeat(32)}&u=${url}`
  ])
  expect(world.log).toEqual([["keep", "x=1", "application/x-www-form-urlencoded"]])
})

test("[ROU-15] on this side a GET gets the shell; a POST's body is stored first and no POST stays in the history", async () => {
  const world = await makeWorld("client")
  const url = `${ORIGIN}/calendar/events`
  expect(locationOf(await ask(world, navigation(`${EXTENSION}route?u=${url}`)))).toEqual([
    302,
    `${EXTENSION}tabs/shell.html?u=${url}`
  ])
  expect(locationOf(await ask(world, navigation(`${EXTENSION}route?u=${url}`, "POST", "x=1")))).toEqual([
    303,
    `${EXTENSION}tabs/shell.html?t=${"0".repeat(32)}&u=${url}`
  ])
  expect(world.log).toEqual([["keep", "x=1", "application/x-www-form-urlencoded"]])
})

test.each(["client", "server"] as const)(
  "[ROU-31] a POST of another site, or straight to the extension, is refused (%s)",
  async (mode) => {
    const world = await makeWorld(mode)
    const url = `${EXTENSION}route?u=${ORIGIN}/calendar/events`
    for (const referrer of ["http://evil.com/", "http://www.sample.com:81/", "", "about:client"])
      expect((await ask(world, navigation(url, "POST", "x=1", referrer))).status, referrer).toBe(403)
    const seen = await makeWorld("client", { cameFrom: (_url, origin) => origin === ORIGIN })
    expect((await ask(seen, navigation(url, "POST", "x=1", ""))).status).toBe(303)
  }
)

test("[ROU-19] what belongs to no service is refused, and packaged files are the browser's business", async () => {
  const world = await makeWorld("client")
  for (const path of [
    "route?u=http://evil.com/",
    "tabs/shell.html?u=javascript:alert(1)",
    "~0123456789abcdef/calendar/",
    "route"
  ])
    expect((await ask(world, navigation(EXTENSION + path))).status, path).toBe(404)
  expect(answerNavigation(world.ports, navigation(`${EXTENSION}popup.html`))).toBeNull()
  expect(answerNavigation(world.ports, navigation(`${EXTENSION}calendar/`))).toBeNull()
})

test("[ROU-16] the shell is shown on this side only, and gives way by itself otherwise", async () => {
  const url = `${ORIGIN}/calendar/a`
  const shell = navigation(`${EXTENSION}tabs/shell.html?u=${url}`)
  expect((await ask(await makeWorld("client"), shell)).body).toBe("tabs/shell.html")
  expect(locationOf(await ask(await makeWorld("server"), shell))).toEqual([302, url])
})

test("[ROU-8] a local page is answered by the app, with the sandbox and without cookies, whatever the app says", async () => {
  const world = await makeWorld("client")
  const answer = await ask(world, navigation(`${LOCAL}/calendar/events`, "POST", "x=1"))
  const headers = Object.fromEntries(answer.headers)
  expect(headers["content-security-policy"]).toMatch(/^sandbox allow-scripts allow-forms/)
  expect(headers["connection-allowlist"]).toBe("(response-origin);redirects=allow")
  expect(headers["set-cookie"]).toBeUndefined()
  expect(world.log).toEqual([["here", "POST", `${ORIGIN}/calendar/events`, "x=1", "application/x-www-form-urlencoded"]])
})

test("[F20][CLI-32] a body that the shell names by its token, and whether it may be done already, takes the place of the form's", async () => {
  const stored = {
    url: "",
    contentType: "multipart/form-data; boundary=b",
    body: new TextEncoder().encode("--b").buffer,
    at: 0,
    mayHaveRun: true
  }
  const world = await makeWorld("client", { take: async (token) => (token === "a".repeat(32) ? stored : null) })
  await ask(world, navigation(`${LOCAL}/calendar/events`, "POST", `locum-held=${"a".repeat(32)}`))
  await ask(world, navigation(`${LOCAL}/calendar/events`, "POST", `locum-held=${"b".repeat(32)}`))
  expect(world.log.map((row) => (row as unknown[]).slice(3))).toEqual([
    ["--b", "multipart/form-data; boundary=b", "may have run"],
    [`locum-held=${"b".repeat(32)}`, "application/x-www-form-urlencoded"]
  ])
})

test("[ROU-29] after the flip back a local page's navigation is passed on by the frame's word to its shell, its body stored", async () => {
  const world = await makeWorld("server")
  const answer = await ask(world, navigation(`${LOCAL}/calendar/events?a=</script>`, "POST", "x=1"))
  expect(answer.body).toContain(`"url":"${ORIGIN}/calendar/events?a=%3C/script%3E","token":"${"0".repeat(32)}"`)
  expect(Object.fromEntries(answer.headers)["content-security-policy"]).toMatch(/^sandbox allow-scripts/)
  expect(world.log).toEqual([["keep", "x=1", "application/x-www-form-urlencoded"]])
})

test("[ROU-12] a closed server's navigation comes here when the controller takes over, and ends in words otherwise", async () => {
  const url = `${EXTENSION}route?closed&u=${ORIGIN}/calendar/`
  expect((await ask(await makeWorld("server"), navigation(url))).status).toBe(503)
  expect((await ask(await makeWorld("server", { takeOver: async () => true }), navigation(url))).status).toBe(302)
})
