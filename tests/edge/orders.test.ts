import { reset, SELF } from "cloudflare:test"
import { beforeEach, expect, test } from "vitest"
import { admin, Client, newId, reach, serviceStatus, start, type View } from "./control-client.ts"
import { ADMIN, ORIGIN, signIn } from "./support.ts"

beforeEach(() => reset())

const states = ({ steps }: View): string => steps.map(({ state }) => state).join(" ")

const setPolicies = (policies: object): Promise<Record<string, unknown>> =>
  admin("/policies/schedule", { method: "PUT", body: JSON.stringify(policies) })

test("[P39] [P43] [MNT-9] client, server: the server stands in while clients update, then the clients for the server", async () => {
  const cookie = await signIn("Ann", "blue")
  await setPolicies({ client: { rules: [{ match: "/calendar/*", serve: "client" }] } })
  const client = await Client.connect(newId(), 0, "schedule@0.9.0")
  await client.takeNext()
  const { id } = await start({ order: ["client", "server"], release: "schedule@1.0.0" })
  const offline = { if: { network: "offline" }, serve: "client" }
  expect(await client.takeNext()).toMatchObject({ rules: [{ serve: "server", unless: [offline] }], temporary: id })
  await client.update()
  expect(await client.takeNext()).toMatchObject({
    rules: [{ match: "/calendar/*", serve: "client" }],
    temporary: id,
    release: "schedule@1.0.0"
  })
  await reach(id, "waiting")
  expect((await serviceStatus(cookie)).status).toBe(503)
  await admin(`/maintenance/${id}/resume`, { method: "POST" })
  expect(await client.takeNext()).toMatchObject({ rules: [{ match: "/calendar/*", serve: "client" }], temporary: null })
  const done = await reach(id, "finished")
  expect(states(done)).toBe("returning updating taking closing waiting opening restoring finished")
  expect((await serviceStatus(cookie)).status).toBe(200)
})

test("[MNT-9] server alone: clients keep their release and give back under the standing policy", async () => {
  const client = await Client.connect(newId())
  await client.takeNext()
  const { id } = await start({ order: ["server"] })
  await client.takeNext()
  await reach(id, "waiting")
  await admin(`/maintenance/${id}/abort`, { method: "POST" })
  expect(await client.takeNext()).toMatchObject({ temporary: null, release: "schedule@1.0.0" })
  expect(await reach(id, "finished")).toMatchObject({ aborted: "asked for by the operator" })
})

test("[MNT-9] client alone: the server never closes; the release must be there", async () => {
  const client = await Client.connect(newId(), 0, "schedule@0.9.0")
  await client.takeNext()
  const refused = await SELF.fetch(`${ORIGIN}/_locum/maintenance`, {
    method: "POST",
    headers: ADMIN,
    body: JSON.stringify({ service: "schedule", urls: ["/calendar/*"], order: ["client"], release: "schedule@9.9.9" })
  })
  expect([refused.status, await refused.json()]).toEqual([
    400,
    { error: expect.stringContaining("release: schedule@9.9.9 is not published by this deployment") }
  ])
  const { id } = await start({ order: ["client"], release: "schedule@1.0.0" })
  await client.takeNext()
  await client.update()
  await client.takeNext()
  expect(states(await reach(id, "finished"))).toBe("returning updating restoring finished")
})

test("[MNT-11] the version that the request names resumes by itself, and the operator need not", async () => {
  const { id } = await start({ order: ["server"], release: "schedule@1.0.0", resume: "1.0.0" })
  expect(states(await reach(id, "finished"))).toBe("taking closing waiting opening restoring finished")
})

test("[MNT-10] without sync the temporary policies say so, the standing one does not", async () => {
  const client = await Client.connect(newId())
  await client.takeNext()
  const { id } = await start({ sync: false, order: ["server"] })
  expect(await client.takeNext()).toMatchObject({ syncs: false, temporary: id })
  await reach(id, "waiting")
  await admin(`/maintenance/${id}/abort`, { method: "POST" })
  expect(await client.takeNext()).not.toHaveProperty("syncs")
})

test("[MOD-6] a maintenance of some URLs closes these, and the rest goes on", async () => {
  const cookie = await signIn("Ann", "blue")
  const ask = async (path: string): Promise<number> =>
    (await SELF.fetch(`${ORIGIN}${path}`, { headers: { Cookie: cookie } })).status
  expect(await ask("/calendar/search/?q=x")).toBe(200)
  const { id } = await start({ urls: ["/calendar/search/*"] })
  await reach(id, "waiting")
  expect([await ask("/calendar/search/?q=x"), await ask("/calendar/")]).toEqual([503, 200])
  await admin(`/maintenance/${id}/abort`, { method: "POST" })
  await reach(id, "finished")
  expect(await ask("/calendar/search/?q=x")).toBe(200)
})

test("[MNT-15] the preview shows states, temporary policies and who would be covered, and changes nothing", async () => {
  await serviceStatus(await signIn("Ann", "blue"))
  const preview = await admin<Record<string, unknown>>("/maintenance/preview", {
    method: "POST",
    body: JSON.stringify({
      service: "schedule",
      urls: ["/calendar/search/*"],
      order: ["server", "client"],
      release: "schedule@2.0.0"
    })
  })
  expect(preview).toMatchObject({
    states: ["taking", "closing", "waiting", "opening", "returning", "updating", "restoring", "finished"],
    policies: { take: { client: [{ match: "/calendar/search/*", serve: "client" }, { match: "/calendar/*" }] } },
    coverage: { others: expect.stringContaining("503") }
  })
  expect((await SELF.fetch(`${ORIGIN}/_locum/maintenance`, { headers: ADMIN })).status).toBe(200)
  expect(await admin("/maintenance")).toEqual({})
})

test("[MNT-16] the record tells the states with their times and what each client answered", async () => {
  const client = await Client.connect(newId())
  await client.takeNext()
  const { id } = await start({ order: ["server"] })
  client.refuse(await client.policy())
  const { report } = await reach(id, "waiting")
  expect(report.clients.at(-1)).toMatchObject({
    client: client.id,
    what: "refuse",
    detail: { refusal: { kind: "battery", text: "8 % left" } }
  })
  expect(report.states[0]).toMatchObject({ state: "taking", ms: expect.any(Number) })
})

test("[MNT-19] the record names a client that a state went on without", async () => {
  const [client, silent] = [await Client.connect(newId()), await Client.connect(newId())]
  await client.takeNext()
  await silent.takeNext()
  const { id } = await start({ order: ["server"], deadline: "1s", onDeadline: "proceed" })
  await client.takeNext()
  const { report } = await reach(id, "waiting", 10_000)
  expect(report.clients.filter(({ what }) => what === "unanswered")).toEqual([
    {
      at: expect.any(Number),
      client: silent.id,
      what: "unanswered",
      detail: { state: "taking", connected: true, seen: expect.any(Number) }
    }
  ])
})
