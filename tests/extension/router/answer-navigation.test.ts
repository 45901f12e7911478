import { expect, test } from "vitest"
import {
  answerNavigation,
  type Answer,
  type Navigation,
  type NavigationPorts
} from "../../../extension/router/answer-navigation.ts"
import { RouteBook } from "../../../extension/router/route-book.ts"
import { placeIn } from "../../../extension/router/shell-place.ts"
import { localPlace } from "../../../extension/platform/local-url.ts"
import type { HeldPost } from "../../../extension/platform/messages.ts"
import type { RouteMode, RoutingTable } from "../../../shared/switchover/routes.ts"

const SELF = "chrome-extension://aaaabbbbccccddddeeeeffffgggghhhh"
const ORIGIN = "https://service.example"
const SECRET = "5".repeat(64)
const TOKEN = "0123456789abcdef0123456789abcdef"

const tableOf = (mode: RouteMode, service = "schedule", mount = "/calendar/"): RoutingTable => ({
  service,
  origin: ORIGIN,
  mount,
  serial: 1,
  epoch: 1,
  routes: [{ match: `${mount}*`, mode }]
})

const setUp = async (modes: readonly RoutingTable[], changes: Partial<NavigationPorts> = {}) => {
  const book = new RouteBook({
    load: () => Promise.resolve({ tables: modes, recover: [] }),
    store: () => Promise.resolve(),
    apply: () => Promise.resolve(),
    now: () => 0,
    secret: () => Promise.resolve(SECRET),
    sleep: () => new Promise(() => undefined)
  })
  await book.ready
  const kept: Omit<HeldPost, "at">[] = []
  const ports: NavigationPorts = {
    book,
    extensionUrl: `${SELF}/`,
    answerHere: () => Promise.resolve({ status: 200, headers: [["Link", "<x>"]], body: "here" }),
    takeOver: () => Promise.resolve(false),
    mayHaveRun: (url) => url.endsWith("/unsure"),
    keep: (post) => {
      kept.push(post)
      return Promise.resolve(TOKEN)
    },
    take: () => Promise.resolve(null),
    cameFrom: () => false,
    note: () => undefined,
    now: () => 0,
    wake: () => undefined,
    packaged: (path) => Promise.resolve({ status: 200, headers: [], body: path }),
    newFrameName: () => "locum-1",
    ...changes
  }
  return { book, kept, ports }
}

const navigation = (path: string, changes: Partial<Navigation> = {}): Navigation => ({
  method: "GET",
  url: SELF + path,
  fragment: "",
  isTop: true,
  referrer: "",
  contentType: "",
  headers: [],
  body: () => Promise.resolve(new TextEncoder().encode("title=a").buffer),
  ...changes
})
const post = (path: string, changes: Partial<Navigation> = {}): Navigation =>
  navigation(path, {
    method: "POST",
    referrer: `${ORIGIN}/calendar/`,
    contentType: "application/x-www-form-urlencoded",
    ...changes
  })

const header = (answer: Answer | null, name: string): string | undefined =>
  answer?.headers.find(([key]) => key === name)?.[1]

const SERVER = tableOf("server")
const LOCAL = localPlace(SECRET, SERVER).prefix

test("[ROU-29] a frame that goes on to the server tells its own shell, by a page that carries the sandbox", async () => {
  const { ports } = await setUp([SERVER])
  const answer = await answerNavigation(ports, navigation(`${LOCAL}/calendar/?q=</script><b>`))
  expect(answer?.status).toBe(200)
  expect(header(answer, "content-security-policy")).toMatch(/^sandbox /)
  const message =
    /^<!doctype html><script>const m=(.*);m\.url\+=location\.hash;parent\.postMessage\(m,"\*"\)<\/script>$/.exec(
      typeof answer?.body === "string" ? answer.body : ""
    )?.[1]
  expect(message).not.toContain("<")
  expect(JSON.parse(message ?? "")).toEqual({
    type: "give-way",
    url: `${ORIGIN}/calendar/?q=%3C/script%3E%3Cb%3E`,
    token: null
  })
})

test("[ROU-29] a form's body is kept, and the shell gets the token for it", async () => {
  const { ports, kept } = await setUp([SERVER])
  const answer = await answerNavigation(ports, post(`${LOCAL}/calendar/events`, { referrer: "" }))
  expect(answer?.body).toContain(`"token":"${TOKEN}"`)
  expect(kept.map(({ url }) => url)).toEqual([`${ORIGIN}/calendar/events`])
})

test.each(["sure", "unsure"])("[CLI-32] a form that is %s to be new is kept as that", async (which) => {
  const { ports, kept } = await setUp([tableOf("client")])
  await answerNavigation(ports, post(`/route?u=${ORIGIN}/calendar/${which}`))
  expect(kept.map(({ mayHaveRun }) => mayHaveRun)).toEqual([which === "unsure"])
})

test("[ROU-32] every answer under a local address carries the sandbox, also that there is none", async () => {
  const { ports } = await setUp([tableOf("client")])
  for (const path of ["/~0000000000000000/x", `${LOCAL}/calendar/`]) {
    const answer = await answerNavigation(ports, navigation(path))
    expect(header(answer, "content-security-policy")).toMatch(/^sandbox /)
    expect(header(answer, "connection-allowlist")).toBeDefined()
  }
})

test("[CLI-26] headers that send reports, load or store do not reach a local page", async () => {
  const names =
    "X-DNS-Prefetch-Control Permissions-Policy Origin-Trial Reporting-Endpoints Report-To NEL Link Refresh Set-Cookie Clear-Site-Data Service-Worker-Allowed"
  const headers = names.split(" ").map((name): [string, string] => [name, "x"])
  headers.push(["Content-Type", "text/html"], ["content-language", "ja"])
  const answerHere = () => Promise.resolve({ status: 200, headers, body: "" })
  const { ports } = await setUp([tableOf("client")], { answerHere })
  const answer = await answerNavigation(ports, navigation(`${LOCAL}/calendar/`))
  const reached = answer?.headers.map(([name]) => name.toLowerCase()) ?? []
  expect(reached.toSorted()).toEqual([
    "connection-allowlist",
    "content-language",
    "content-security-policy",
    "content-type",
    "referrer-policy"
  ])
})

test("[CLI-26] the app cannot loosen the sandbox; its Location leads to the local address, another origin's stays as it is", async () => {
  const leadingTo = async (location: string) => {
    const headers: [string, string][] = [
      ["Content-Security-Policy", "script-src *"],
      ["Connection-Allowlist", "(*)"],
      ["Location", location]
    ]
    const answerHere = () => Promise.resolve({ status: 303, headers, body: null })
    const { ports } = await setUp([tableOf("client")], { answerHere })
    return answerNavigation(ports, post(`${LOCAL}/calendar/day`))
  }
  const answer = await leadingTo("../team/x/?a=b#c")
  const names = answer?.headers.map(([name]) => name.toLowerCase()).toSorted()
  expect(names).toEqual(["connection-allowlist", "content-security-policy", "location", "referrer-policy"])
  expect(header(answer, "content-security-policy")).toMatch(/^sandbox allow-scripts .*default-src 'none'/)
  expect(header(answer, "Location")).toBe(`${LOCAL}/team/x/?a=b#c`)
  expect(header(await leadingTo("https://other.example/"), "Location")).toBe("https://other.example/")
})

test.each([
  [["text/html; charset=utf-8"], true],
  [["text/html; charset=utf-16"], false],
  [["text/html"], false],
  [["image/svg+xml"], false],
  [["application/xhtml+xml"], false],
  [["text/html; charset=utf-8", "image/svg+xml"], false],
  [[], false]
])("[CLI-40] only a page that was made here, in its one encoding, runs scripts: %j", async (types, runs) => {
  const headers = types.map((type): [string, string] => ["Content-Type", type])
  const { ports } = await setUp([tableOf("client")], {
    answerHere: () => Promise.resolve({ status: 200, headers, body: "" })
  })
  const policies = header(await answerNavigation(ports, navigation(`${LOCAL}/calendar/`)), "content-security-policy")
  expect(policies?.endsWith(", script-src 'none'")).toBe(!runs)
  expect(policies).toMatch(/frame-src 'self'; .*require-trusted-types-for 'script'/)
})

test("[ROU-29] another service's address under this one's prefix is not answered by this one", async () => {
  const here: string[] = []
  const answerHere: NavigationPorts["answerHere"] = (table) => {
    here.push(table.service)
    return Promise.resolve({ status: 200, headers: [], body: "" })
  }
  const { ports } = await setUp([tableOf("client"), tableOf("client", "notes", "/notes/")], { answerHere })
  const answer = await answerNavigation(ports, navigation(`${LOCAL}/notes/1`))
  expect(answer?.body).toContain("give-way")
  expect(here).toEqual([])
})

const HELD_POST = `/route?u=${ORIGIN}/calendar/events`

test("[F20] a held form post that is the server's goes there from the shell, body and all", async () => {
  const { ports, kept } = await setUp([SERVER])
  const answer = await answerNavigation(ports, post(HELD_POST))
  expect(answer?.status).toBe(303)
  expect(header(answer, "location")).toBe(`${SELF}/tabs/shell.html?s=${TOKEN}&u=${ORIGIN}/calendar/events`)
  expect(kept).toHaveLength(1)
  const shell = await answerNavigation(ports, navigation(`/tabs/shell.html?s=${TOKEN}&u=${ORIGIN}/calendar/events`))
  expect(shell?.body).toBe("tabs/shell.html")
})

test("[ROU-31] a form of another site is refused whichever side serves, and its body is not kept", async () => {
  for (const mode of ["server", "client"] as const) {
    const { ports, kept } = await setUp([tableOf(mode)])
    for (const referrer of ["https://other.example/", "http://service.example/", "https://service.example:3000/"])
      expect((await answerNavigation(ports, post(HELD_POST, { referrer })))?.status).toBe(403)
    expect(kept).toEqual([])
  }
})

test("[ROU-31] who sent a form is decided before it is held", async () => {
  const asked: string[] = []
  const cameFrom: NavigationPorts["cameFrom"] = (url) => {
    asked.push(url)
    return true
  }
  const { ports, book } = await setUp([tableOf("hold")], { cameFrom })
  const answered = answerNavigation(ports, post(HELD_POST, { referrer: "" }))
  await Promise.resolve()
  await book.ready
  await Promise.resolve()
  expect(asked).toEqual([`${ORIGIN}/calendar/events`])
  await book.put({ tables: [tableOf("client")], recover: [] })
  expect(header(await answered, "location")).toContain("?t=")
  expect(asked).toHaveLength(1)
})

test("[ROU-38] a navigation that is answered here wakes the platform on its way to the shell, one for the server does not", async () => {
  let woken = 0
  const wake = (): void => void woken++
  const here = await setUp([tableOf("client")], { wake })
  await answerNavigation(here.ports, navigation(`/route?u=${ORIGIN}/calendar/`))
  expect(woken).toBe(1)
  await answerNavigation(here.ports, navigation(`/tabs/shell.html?u=${ORIGIN}/calendar/`))
  expect(woken).toBe(2)
  const there = await setUp([SERVER], { wake })
  await answerNavigation(there.ports, navigation(`/route?u=${ORIGIN}/calendar/`))
  await answerNavigation(there.ports, navigation(`/tabs/shell.html?u=${ORIGIN}/calendar/`))
  expect(woken).toBe(2)
})

test("[ROU-39] a shell is told in its page whose it is and where the local page lies", async () => {
  const packaged: NavigationPorts["packaged"] = () =>
    Promise.resolve({ status: 200, headers: [], body: new TextEncoder().encode("<html><head><title>").buffer })
  const { ports } = await setUp([SERVER, tableOf("client", "notes", "/notes/")], { packaged })
  const shell = await answerNavigation(ports, navigation(`/tabs/shell.html?u=${ORIGIN}/notes/1`))
  const content = /<meta name="locum-place" content="([^"]*)">/.exec(
    typeof shell?.body === "string" ? shell.body : ""
  )?.[1]
  const place = placeIn(content?.replaceAll("&quot;", '"').replaceAll("&amp;", "&"))
  const { prefix } = localPlace(SECRET, tableOf("client", "notes", "/notes/"))
  expect(place).toEqual({ service: "notes", origin: ORIGIN, mount: "/notes/", prefix })
})

test("[ROU-39] a tab's own shell has its frame at once; one in a frame, or with a form, finds out first whose it is", async () => {
  const packaged: NavigationPorts["packaged"] = () =>
    Promise.resolve({ status: 200, headers: [], body: "<html><head></head><body></body></html>" })
  const { ports } = await setUp([tableOf("client")], { packaged })
  const shellOf = async (query: string, changes: Partial<Navigation>): Promise<string> => {
    const shell = await answerNavigation(ports, navigation(`/tabs/shell.html?${query}`, changes))
    return typeof shell?.body === "string" ? shell.body : ""
  }
  const url = `${ORIGIN}/calendar/?a="b&c`
  expect(await shellOf(`u=${url}`, { fragment: "#d" })).toContain(
    `<iframe name="locum-1" allow="clipboard-write *" src="${LOCAL}/calendar/?a=%22b&amp;c#d"></iframe>`
  )
  expect(await shellOf(`u=${url}`, { isTop: false })).not.toContain("<iframe")
  expect(await shellOf(`t=${TOKEN}&u=${url}`, {})).not.toContain("<iframe")
})

test("[ROU-39] a shell that says nothing finds its place by itself, one that says nonsense does not", () => {
  expect(placeIn(undefined)).toBe(null)
  const place = { service: "notes", origin: ORIGIN, mount: "/notes/", prefix: "/tabs" }
  expect(() => placeIn(JSON.stringify(place))).toThrow("prefix")
})
