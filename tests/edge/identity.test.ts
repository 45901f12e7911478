import { SELF } from "cloudflare:test"
import { expect, test } from "vitest"
import { ADMIN, openSocket, ORIGIN, sessionOf, signIn, ticketOf } from "./support.ts"

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  SELF.fetch(ORIGIN + path, { headers, redirect: "manual" })

test("[EDG-8] without identity the service answers 401, and leads a page to the sign-in", async () => {
  expect((await get("/calendar/api/events")).status).toBe(401)
  const page = await get("/calendar/?month=2026-11", { Accept: "text/html" })
  expect([page.status, page.headers.get("Location")]).toEqual([
    302,
    "/_locum/sign-in?return=%2Fcalendar%2F%3Fmonth%3D2026-11"
  ])
})

test("[IDN-5] the session says who is signed in and which documents are his", async () => {
  const documents = [
    { document: "schedule/team/blue", role: "editor" },
    { document: "schedule/team/green", role: "editor" },
    { document: "schedule/user/ann", role: "owner" }
  ]
  expect((await get("/_locum/session")).status).toBe(401)
  const session = await sessionOf(await signIn("Ann", "blue green"))
  expect(session).toMatchObject({
    identity: { issuer: "local", subject: "ann", name: "Ann", groups: ["blue", "green"] },
    services: [{ service: "schedule", documents }]
  })
})

test("[IDN-2] a forged cookie is nobody, a cookie is for http only", async () => {
  const cookie = await signIn("Ann")
  expect((await get("/_locum/session", { Cookie: cookie })).status).toBe(200)
  expect((await get("/_locum/session", { Cookie: `${cookie.slice(0, -3)}abc` })).status).toBe(401)
  const response = await SELF.fetch(`${ORIGIN}/_locum/sign-in`, {
    method: "POST",
    body: new URLSearchParams({ name: "Ann", return: "https://evil.example/" }),
    redirect: "manual"
  })
  expect(response.headers.get("Set-Cookie")).toMatch(/; HttpOnly; SameSite=Lax/)
  expect(response.headers.get("Location")).toBe("/")
})

test("[IDN-4] the local sign-in refuses hosts that are not loopback, and its cookies there", async () => {
  const cookie = await signIn("Ann")
  expect((await SELF.fetch("http://www.sample.com/_locum/sign-in")).status).toBe(403)
  expect((await SELF.fetch("http://www.sample.com/_locum/session", { headers: { Cookie: cookie } })).status).toBe(401)
})

test("[EDG-4] one user's document never opens for another", async () => {
  const cookie = await signIn("Ann", "blue")
  expect((await get("/calendar/team/blue/", { Cookie: cookie })).status).toBe(200)
  expect((await get("/calendar/team/red/", { Cookie: cookie })).status).toBe(403)
  const ticket = await ticketOf("Ann", "blue")
  for (const document of ["schedule/user/bob", "schedule/team/red", "other/user/ann", "schedule/user/%61nn"]) {
    const socket = await openSocket(`/_locum/sync/${document}?ticket=${ticket}`)
    expect([document, (await socket.closed()).code]).toEqual([document, 4403])
  }
})

test("[F66] a ticket that is forged, missing or for another document closes the socket", async () => {
  const ticket = await ticketOf("Ann", "blue", "?document=schedule%2Fteam%2Fblue")
  const closeOf = async (query: string): Promise<number> =>
    (await (await openSocket(`/_locum/sync/schedule/user/ann${query}`)).closed()).code
  expect(await closeOf("")).toBe(4401)
  expect(await closeOf(`?ticket=${ticket.slice(0, -2)}xx`)).toBe(4401)
  expect(await closeOf(`?ticket=${ticket}`)).toBe(4403)
  expect((await (await openSocket("/_locum/control?ticket=x")).closed()).code).toBe(4401)
})

test("[EDG-7] a write that another site's page sends is refused", async () => {
  const headers = { Cookie: await signIn("Ann"), Origin: "https://evil.example" }
  expect((await SELF.fetch(`${ORIGIN}/calendar/events`, { method: "POST", headers, body: "title=x" })).status).toBe(403)
})

test.for([
  "/_locum/maintenance",
  "/_locum/clients",
  "/_locum/audit",
  "/_locum/policies/schedule",
  "/_locum/trace",
  "/_locum/no-such"
])("[ADM-1] %s is 401 without a token, 403 with a wrong one or a user's cookie and token", async (path) => {
  expect((await get(path)).status).toBe(401)
  expect((await get(path, { Cookie: await signIn("Ann") })).status).toBe(401)
  expect((await get(path, { Authorization: "Bearer wrong-token-0000000" })).status).toBe(403)
})

test("[ADM-3] errors name the field", async () => {
  const post = (body: string): Promise<Response> =>
    SELF.fetch(`${ORIGIN}/_locum/maintenance`, { method: "POST", headers: ADMIN, body })
  expect(await (await post('{"service":"none"}')).json()).toEqual({ error: "service: must be one of schedule" })
  const bad = await post(
    JSON.stringify({ service: "schedule", urls: ["/other/*"], order: ["server", "client"], release: "schedule@2.0.0" })
  )
  expect([bad.status, await bad.json()]).toEqual([400, { error: "urls.0: must lie under /calendar/" }])
})
