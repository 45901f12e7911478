// What passes for an operator and is none: 401 or 403 with no data, and nothing is done.
import { SELF } from "cloudflare:test"
import { expect, test } from "vitest"
import { ADMIN, newKey, ORIGIN, sessionOf, signIn } from "./support.ts"

const TOKEN = ADMIN.Authorization.slice("Bearer ".length)
const REQUEST = JSON.stringify({
  service: "schedule",
  urls: ["/calendar/*"],
  order: ["server", "client"],
  release: "schedule@1.0.0"
})

test.for<readonly [what: string, headers: () => Promise<Record<string, string>>, query?: string]>([
  ["no token", async () => ({})],
  ["an empty one", async () => ({ Authorization: "Bearer " })],
  ["spaces", async () => ({ Authorization: "Bearer    " })],
  ["the token without its last sign", async () => ({ Authorization: `Bearer ${TOKEN.slice(0, -1)}` })],
  ["the token and one sign more", async () => ({ Authorization: `Bearer ${TOKEN}0` })],
  ["the token in other case", async () => ({ Authorization: `Bearer ${TOKEN.toUpperCase()}` })],
  ["two tokens", async () => ({ Authorization: `Bearer x, Bearer ${TOKEN}` })],
  ["another scheme", async () => ({ Authorization: `Basic ${btoa(`admin:${TOKEN}`)}` })],
  ["a token in the address", async () => ({}), `?token=${TOKEN}&access_token=${TOKEN}`],
  ["the token as a cookie", async () => ({ Cookie: `Authorization=${TOKEN}; token=${TOKEN}` })],
  ["a user's cookie", async () => ({ Cookie: await signIn("Ann", "admin") })],
  ["a user's ticket", async () => ({ Authorization: `Bearer ${(await sessionOf(await signIn("Ann"))).ticket}` })],
  [
    "an unsigned JWT",
    async () => ({ Authorization: `Bearer ${btoa('{"alg":"none"}')}.${btoa('{"groups":["admin"]}')}.` })
  ],
  ["the word null", async () => ({ Authorization: "Bearer null" })]
])("[ADM-1] %s is no operator's", async ([, headers, query = ""]) => {
  const [reads, writes] = await Promise.all([
    SELF.fetch(`${ORIGIN}/_locum/clients${query}`, { headers: await headers() }),
    SELF.fetch(`${ORIGIN}/_locum/maintenance${query}`, {
      method: "POST",
      headers: { ...(await headers()), "Content-Type": "application/json", "Idempotency-Key": newKey() },
      body: REQUEST
    })
  ])
  for (const answer of [reads, writes]) {
    expect([401, 403]).toContain(answer.status)
    expect(Object.keys(await answer.json<object>())).toEqual(["error"])
  }
  const audit = await SELF.fetch(`${ORIGIN}/_locum/audit`, { headers: ADMIN })
  expect(await audit.text()).not.toContain("schedule@1.0.0")
})

test("[ADM-1] the token opens, so the refusals above are about it", async () => {
  expect((await SELF.fetch(`${ORIGIN}/_locum/clients`, { headers: ADMIN })).status).toBe(200)
})
