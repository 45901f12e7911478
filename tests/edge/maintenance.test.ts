import { env, evictDurableObject, reset, SELF } from "cloudflare:test"
import { beforeEach, expect, test } from "vitest"
import {
  abortAndWait,
  admin,
  Client,
  newId,
  payloadOf,
  reach,
  serialOf,
  serviceStatus,
  start,
  type View
} from "./control-client.ts"
import { shardFor } from "../../edge/platform/objects.ts"
import { ADMIN, openSocket, ORIGIN, signIn, ticketOf } from "./support.ts"

beforeEach(() => reset())

test("[MNT-6] a whole maintenance: take over, close, resume, give back, update, standing policies", async () => {
  const cookie = await signIn("Ann", "blue")
  expect((await serviceStatus(cookie)).status).toBe(200)
  const client = await Client.connect(newId())
  expect(await client.takeNext()).toMatchObject({ temporary: null, release: "schedule@1.0.0" })
  const { id } = await start()
  const take = await client.policy()
  expect(payloadOf(take)).toMatchObject({ temporary: id, rules: [{ match: "/calendar/*", serve: "client" }] })
  expect((await admin<View>(`/maintenance/${id}`)).state).toBe("taking")
  expect(await admin("/policies/schedule")).toMatchObject({
    client: { rules: [{ match: "/calendar/*", serve: "server" }] },
    inForce: {
      temporary: id,
      server: { side: "server", serial: serialOf(take), rules: [{ match: "/calendar/*", serve: "client" }] }
    }
  })
  expect((await serviceStatus(cookie)).status).toBe(200)
  client.acknowledge(take)
  await reach(id, "waiting")
  const closed = await serviceStatus(cookie)
  expect([closed.status, closed.headers.get("Locum-Closed"), closed.headers.get("Retry-After")]).toEqual([
    503,
    String(serialOf(take)),
    "10"
  ])
  await admin(`/maintenance/${id}/resume`, { method: "POST" })
  expect(await client.takeNext()).toMatchObject({ temporary: id, rules: [{ match: "/calendar/*", serve: "server" }] })
  expect((await serviceStatus(cookie)).status).toBe(200)
  await client.update()
  expect(await client.takeNext()).toMatchObject({ temporary: null, release: "schedule@2.0.0" })
  const view = await reach(id, "finished")
  expect(view.steps.map(({ state }) => state)).toEqual([
    "taking",
    "closing",
    "waiting",
    "opening",
    "returning",
    "updating",
    "restoring",
    "finished"
  ])
})

test("[F12] a second request is told 409 and which maintenance runs", async () => {
  const { id } = await start({ deadline: "20s" })
  const second = await SELF.fetch(`${ORIGIN}/_locum/maintenance`, {
    method: "POST",
    headers: ADMIN,
    body: JSON.stringify({
      service: "schedule",
      urls: ["/calendar/*"],
      order: ["server", "client"],
      release: "schedule@2.0.0"
    })
  })
  expect([second.status, await second.json()]).toMatchObject([409, { running: id }])
  await abortAndWait(id)
})

/** The controller forgets all that is not stored. */
const lose = (): Promise<void> => evictDurableObject(env.CONTROLLERS.getByName("schedule"))

test("[F11] the controller restarts before every step: the maintenance goes on, closed stays closed", async () => {
  const cookie = await signIn("Ann", "blue")
  await serviceStatus(cookie)
  const client = await Client.connect(newId())
  await client.takeNext()
  await lose()
  const { id } = await start()
  const take = await client.policy()
  await lose()
  client.acknowledge(take)
  await reach(id, "waiting")
  await lose()
  expect((await serviceStatus(cookie)).status).toBe(503)
  await admin(`/maintenance/${id}/resume`, { method: "POST" })
  const back = await client.policy()
  await lose()
  expect((await serviceStatus(cookie)).status).toBe(200)
  client.acknowledge(back)
  const update = await client.socket.control("update")
  await lose()
  client.updated(update)
  const standing = await client.policy()
  await lose()
  client.acknowledge(standing)
  expect(await reach(id, "finished")).toMatchObject({ aborted: null })
})

test("[MNT-5] aborting while closed opens the service again, with the standing policy", async () => {
  const cookie = await signIn("Ann", "blue")
  await serviceStatus(cookie)
  const { id } = await start()
  await reach(id, "waiting")
  expect((await serviceStatus(cookie)).status).toBe(503)
  expect(await abortAndWait(id)).toMatchObject({ aborted: "asked for by the operator" })
  expect((await serviceStatus(cookie)).status).toBe(200)
  const client = await Client.connect(newId())
  expect(await client.takeNext()).toMatchObject({ temporary: null, release: "schedule@1.0.0" })
})

test("[CTL-10] a client that refuses does not hold the others up, and the operator sees why", async () => {
  const client = await Client.connect(newId())
  await client.takeNext()
  const { id } = await start()
  client.refuse(await client.policy())
  await reach(id, "waiting")
  const view = await admin<{ readonly clients: readonly unknown[] }>(`/maintenance/${id}`)
  expect(view.clients).toMatchObject([{ client: client.id, refusal: { kind: "battery", text: "8 % left" } }])
})

test("[CTL-3] a bad standing policy is refused whole; a good one reaches clients at once", async () => {
  const client = await Client.connect(newId())
  const first = await client.takeNext()
  const put = (body: object): Promise<Record<string, unknown>> =>
    admin("/policies/schedule", { method: "PUT", body: JSON.stringify(body) })
  expect(await put({ client: { rules: [{ match: "/_locum/*", serve: "client" }] } })).toMatchObject({
    error: expect.stringMatching(/^client\.rules\.0\.match: .*control plane/)
  })
  await put({ client: { rules: [{ match: "/calendar/*", serve: "client" }] } })
  const second = await client.takeNext()
  expect(second).toMatchObject({ rules: [{ match: "/calendar/*", serve: "client" }], temporary: null })
  expect(second["serial"]).toBeGreaterThan(first["serial"] as number)
})

test("[PRO-1] [PRO-3] a peer of another protocol, and one that is not understood, are told so and closed", async () => {
  const say = async (text: string): Promise<readonly [unknown, number]> => {
    const socket = await openSocket(`/_locum/control?ticket=${await ticketOf("Ann")}`)
    socket.socket.send(text)
    return [(await socket.control("refused"))["text"], (await socket.closed()).code]
  }
  expect(await say("{}")).toEqual([expect.stringContaining("type"), 4400])
  expect(await say('{"type":"report","kind":"x","text":"y","at":1}')).toEqual(["hello must come first", 4400])
})

test("[CTL-1] [CTL-13] a client that connects again ends its older connection, also after its shard has slept", async () => {
  const id = newId()
  const first = await Client.connect(id)
  await first.takeNext()
  const second = await Client.connect(id)
  expect((await first.socket.closed()).code).toBe(4409)
  await evictDurableObject(shardFor(env, id))
  await Client.connect(id)
  expect((await second.socket.closed()).code).toBe(4409)
  expect(await admin("/clients")).toMatchObject({ schedule: [{ client: id, connected: true }] })
})

test("[CTL-14] maintenances that were are listed, newest first, and each is shown with its record", async () => {
  const { id: first } = await start()
  await abortAndWait(first)
  const { id: second } = await start({ urls: ["/calendar/search/*"] })
  await reach(second, "waiting")
  expect(await admin("/history")).toMatchObject({
    schedule: [
      { id: second, state: "waiting", aborted: null, urls: ["/calendar/search/*"] },
      { id: first, state: "finished", aborted: "asked for by the operator" }
    ]
  })
  expect(await admin(`/maintenance/${first}`)).toMatchObject({ id: first, report: { states: expect.any(Array) } })
  expect((await admin<View>(`/maintenance/${first}`)).steps.at(-1)).toMatchObject({ state: "finished" })
  await abortAndWait(second)
})

test("[ADM-5] what runs where: Worker, controller, browsers, what is published, mode and maintenance", async () => {
  const before = await admin<object[]>("/services")
  expect(before).toMatchObject([
    {
      service: "schedule",
      mount: "/calendar/",
      worker: "schedule@1.0.0",
      controller: "schedule@1.0.0",
      clients: "schedule@1.0.0",
      mode: { mode: "open" },
      maintenance: null,
      published: [{ release: "schedule@1.0.0", serial: 1 }]
    }
  ])
  const { id } = await start()
  await reach(id, "waiting")
  expect(await admin("/services")).toMatchObject([{ mode: { mode: "closed" }, maintenance: { id, state: "waiting" } }])
  await abortAndWait(id)
})
