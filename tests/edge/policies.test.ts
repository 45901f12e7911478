import { env, evictDurableObject, reset, SELF } from "cloudflare:test"
import { beforeEach, expect, test, vi } from "vitest"
import { admin, Client, newId } from "./control-client.ts"
import type { SeriesView } from "../../shared/protocol/admin-views.ts"
import { ADMIN, ORIGIN, signIn } from "./support.ts"

beforeEach(() => reset())

const RULES = [{ match: "/calendar/*", serve: "server" }]
const put = (body: object): Promise<Record<string, unknown>> =>
  admin("/policies/schedule", { method: "PUT", body: JSON.stringify(body) })

/** The policies of a load that moves a share, and gives back below `below`. */
const overload = (share: number | "needed" = 1, load = { above: 0.9, until: { below: 0.7 } }) => ({
  client: { rules: RULES },
  server: {
    priority: "server",
    rules: [
      {
        match: "/calendar/*",
        serve: "server",
        unless: [{ if: { load }, serve: "client", share }]
      }
    ]
  }
})

const report = async (load: unknown): Promise<Response> =>
  SELF.fetch(`${ORIGIN}/_locum/environment`, {
    method: "POST",
    headers: ADMIN,
    body: JSON.stringify({ service: "schedule", load, from: "cpu" })
  })

test("[P19] [POL-12] [ENV-8] a load over the limit moves the clients, and gives back when it fell", async () => {
  const client = await Client.connect(newId())
  await client.takeNext()
  await put(overload())
  expect(await client.takeNext()).toMatchObject({ server: { rules: [{ serve: "server", share: 1 }] } })
  await report(0.95)
  expect(await client.takeNext()).toMatchObject({
    rules: RULES,
    server: { priority: "server", rules: [{ match: "/calendar/*", serve: "client", share: 1, otherwise: "server" }] }
  })
  await report(0.8)
  await evictDurableObject(env.CONTROLLERS.getByName("schedule"))
  await report(0.6)
  expect(await client.takeNext()).toMatchObject({ server: { rules: [{ serve: "server" }] } })
  expect(await admin("/environment")).toMatchObject({ schedule: { load: 0.6, reported: { from: "admin token: cpu" } } })
})

test("[POL-15] as many as are needed are moved", async () => {
  await put(overload("needed"))
  await report(1)
  const { schedule } = await admin<{ schedule: { verdict: unknown } }>("/environment")
  expect(schedule.verdict).toMatchObject({ verdict: { rules: [{ serve: "client", share: 0.3 }] } })
})

test("[ENV-8] a report that is no load is refused, naming the field", async () => {
  const refused = await report("high")
  expect([refused.status, await refused.json()]).toEqual([400, { error: expect.stringContaining("load: ") }])
})

test("[CTL-11] every standing policy is a version, and one can go back to any", async () => {
  const first = await put({ client: { rules: RULES } })
  await put({ client: { rules: [{ match: "/calendar/*", serve: "client" }] } })
  const versions = await admin<{ version: number; who: string }[]>("/policies/schedule/versions")
  expect(versions.map(({ who }) => who)).toEqual(["admin token", "admin token", "default"])
  await admin(`/policies/schedule/versions/${String(first["version"])}`, { method: "POST" })
  expect(await admin("/policies/schedule")).toMatchObject({ client: { rules: RULES } })
  expect(await admin("/policies/schedule/versions/999", { method: "POST" })).toMatchObject({
    error: expect.stringContaining("no version 999")
  })
})

test.each([
  [
    "a rule outside the mount",
    { client: { rules: [{ match: "/mail/*", serve: "server" }] } },
    "client.rules.0.match: /mail/* is never reached"
  ],
  [
    "an exception that is never reached",
    {
      client: {
        rules: [
          {
            match: "/calendar/*",
            serve: "server",
            unless: [
              { if: { network: "offline" }, serve: "client" },
              { if: { network: "offline" }, serve: "server" }
            ]
          }
        ]
      }
    },
    "client.rules.0.unless: must not have the same condition twice"
  ],
  [
    "a way back behind the limit",
    overload(1, { above: 0.5, until: { below: 0.9 } }),
    "server.rules.0.unless.0.if.load: until must lie on the other side"
  ],
  [
    "a timing that never comes",
    {
      client: {
        rules: [
          { match: "/calendar/*", serve: "server", sync: { documents: ["user/:user"], type: "copy", at: "0 24 * * *" } }
        ]
      }
    },
    "client.rules.0.sync: at: "
  ]
])("[CTL-3] [POL-16] %s is refused whole, naming the field", async (_, policies, error) => {
  expect(await put(policies)).toMatchObject({ error: expect.stringContaining(error) })
  expect(await admin("/policies/schedule/versions")).toEqual([])
})

test("[CTL-11] a version's policies are shown as they were written, before one goes back to them", async () => {
  const { version } = await put({ client: { rules: RULES, offlineDays: 3 } })
  expect(await admin(`/policies/schedule/versions/${String(version)}`)).toEqual({
    client: { rules: RULES, offlineDays: 3 }
  })
  expect(await admin("/policies/schedule/versions/999")).toMatchObject({ error: expect.stringContaining("999") })
})

test("[CTL-15] requests by the side that answered, and browsers by what they do, are told over time", async () => {
  const client = await Client.connect(newId())
  await client.takeNext()
  const cookie = await signIn("Ann", "blue")
  await SELF.fetch(`${ORIGIN}/calendar/api/events`, { headers: { Cookie: cookie } })
  const at = Date.now() - (Date.now() % 10_000)
  const counts = [
    { at: at - 60_000, requests: 7 },
    { at: at + 86_400_000, requests: 2 }
  ]
  client.socket.socket.send(JSON.stringify({ type: "served", counts }))
  const told = await vi.waitFor(async () => {
    const { schedule } = await admin<{ schedule: SeriesView }>("/series?minutes=5")
    expect(schedule.requests.reduce((sum, { client: served }) => sum + served, 0)).toBe(9)
    return schedule
  })
  expect(told.requests).toContainEqual({ at: at - 60_000, server: 0, client: 7 })
  expect(told.states.at(-1)).toMatchObject({ serving: 1, ready: 0, without: 0, away: 0 })
  expect(await admin("/series?minutes=0")).toEqual({ error: "minutes: must be a number of minutes, 1 to 1440" })
})
