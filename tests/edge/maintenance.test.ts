import { env, evictDurableObject, reset, SELF } from "cloudflare:test"
import { beforeEach, expect, test } from "vitest"
import { ADMIN, openSocket, ORIGIN, signIn, type TestSocket, ticketOf } from "./support.ts"

interface View {
  readonly id: string
  readonly state: string
  readonly serial: number
  readonly aborted: string | null
  readonly steps: readonly { readonly state: string }[]
}

const admin = async <T>(path: string, init: RequestInit = {}): Promise<T> =>
  (await SELF.fetch(`${ORIGIN}/_locum${path}`, { ...init, headers: ADMIN })).json()

const start = (over: object = {}): Promise<View> =>
  admin("/maintenance", {
    method: "POST",
    body: JSON.stringify({
      service: "schedule",
      urls: ["/calendar/*"],
      order: ["server", "client"],
      release: "schedule@2.0.0",
      deadline: "20s",
      ...over
    })
  })

/** Lets timers run: questions asked without a pause keep them all waiting in this runtime. */
const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2))

/** Asks until the maintenance is in a state. */
const reach = async (id: string, state: string): Promise<View> => {
  for (let asked = 0; ; asked++) {
    const view = await admin<View>(`/maintenance/${id}`)
    if (view.state === state) return view
    if (view.state === "finished" || asked > 1000)
      throw new Error(`${view.state}, not ${state}: ${JSON.stringify(view)}`)
    await breathe()
  }
}

const serialOf = (message: Record<string, unknown>): number => payloadOf(message)["serial"] as number
const payloadOf = (message: Record<string, unknown>): Record<string, unknown> =>
  JSON.parse(atob((message["policy"] as { payload: string }).payload))

/** A client that speaks the control protocol and carries out what it is told when `step` is called. */
class Client {
  readonly id: string
  readonly socket: TestSocket
  running = "schedule@1.0.0"

  constructor(id: string, socket: TestSocket) {
    this.id = id
    this.socket = socket
  }

  static async connect(id: string, serial = 0, running = "schedule@1.0.0"): Promise<Client> {
    const socket = await openSocket(`/_locum/control?client=${id}&ticket=${await ticketOf("Ann", "blue")}`)
    const environment = { network: "online", battery: null, storageLeft: null, load: null }
    const hello = {
      type: "hello",
      protocol: 1,
      client: id,
      service: "schedule",
      serial,
      settled: serial,
      running,
      unsent: 0,
      environment
    }
    socket.socket.send(JSON.stringify(hello))
    await socket.control("welcome")
    return new Client(id, socket)
  }

  async policy(): Promise<Record<string, unknown>> {
    return this.socket.control("policy")
  }

  acknowledge(policy: Record<string, unknown>): void {
    const body = {
      type: "acknowledge",
      serial: serialOf(policy),
      side: "client",
      tookMs: 5,
      longestHoldMs: 1,
      held: 0,
      unsent: 0
    }
    this.socket.socket.send(JSON.stringify(body))
  }

  async takeNext(): Promise<Record<string, unknown>> {
    const policy = await this.policy()
    this.acknowledge(policy)
    return payloadOf(policy)
  }

  async update(): Promise<void> {
    this.updated(await this.socket.control("update"))
  }

  updated({ instruction, release }: Record<string, unknown>): void {
    this.socket.socket.send(JSON.stringify({ type: "updated", instruction, running: release, ok: true, at: 1 }))
  }

  refuse(policy: Record<string, unknown>): void {
    const refusal = { kind: "battery", text: "8 % left" }
    this.socket.socket.send(JSON.stringify({ type: "refuse", serial: serialOf(policy), refusal }))
  }
}

const serviceStatus = async (cookie: string): Promise<Response> =>
  SELF.fetch(`${ORIGIN}/calendar/api/events`, { headers: { Cookie: cookie } })

const newId = (): string => crypto.randomUUID().replaceAll("-", "")

beforeEach(() => reset())

/** Ends a maintenance that a test left, so that the next one can begin. */
const abortAndWait = async (id: string): Promise<View> => {
  await admin(`/maintenance/${id}/abort`, { method: "POST" })
  return reach(id, "finished")
}

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
