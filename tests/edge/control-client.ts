/** A client that speaks the control protocol, and the operator's side of a maintenance, for tests inside workerd. */
import { SELF } from "cloudflare:test"
import { ADMIN, openSocket, ORIGIN, type TestSocket, ticketOf } from "./support.ts"

/** A maintenance as the admin API shows it. */
export interface View {
  readonly id: string
  readonly state: string
  readonly serial: number
  readonly aborted: string | null
  readonly steps: readonly { readonly state: string }[]
  readonly report: { readonly states: readonly object[]; readonly clients: readonly { readonly what: string }[] }
}

/** Asks the admin API and reads its JSON. */
export const admin = async <T>(path: string, init: RequestInit = {}): Promise<T> =>
  (await SELF.fetch(`${ORIGIN}/_locum${path}`, { ...init, headers: ADMIN })).json()

/** Asks for a maintenance of the whole service, with changes. */
export const start = (over: object = {}): Promise<View> =>
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

/** Asks until the maintenance is in a state; `most` times. */
export const reach = async (id: string, state: string, most = 1000): Promise<View> => {
  for (let asked = 0; ; asked++) {
    const view = await admin<View>(`/maintenance/${id}`)
    if (view.state === state) return view
    if (view.state === "finished" || asked > most)
      throw new Error(`${view.state}, not ${state}: ${JSON.stringify(view)}`)
    await breathe()
  }
}

export const serialOf = (message: Record<string, unknown>): number => payloadOf(message)["serial"] as number
export const payloadOf = (message: Record<string, unknown>): Record<string, unknown> =>
  JSON.parse(atob((message["policy"] as { payload: string }).payload))

/** A client that speaks the control protocol and carries out what it is told when `step` is called. */
export class Client {
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

  updated({ instruction, release, digest }: Record<string, unknown>): void {
    const health = typeof digest === "string" ? { health: { digest, nonce: "1" } } : {}
    this.socket.socket.send(
      JSON.stringify({ type: "updated", instruction, running: release, ...health, ok: true, at: 1 })
    )
  }

  refuse(policy: Record<string, unknown>): void {
    const refusal = { kind: "battery", text: "8 % left" }
    this.socket.socket.send(JSON.stringify({ type: "refuse", serial: serialOf(policy), refusal }))
  }
}

export const serviceStatus = async (cookie: string): Promise<Response> =>
  SELF.fetch(`${ORIGIN}/calendar/api/events`, { headers: { Cookie: cookie } })

export const newId = (): string => crypto.randomUUID().replaceAll("-", "")

/** Ends a maintenance that a test left, so that the next one can begin. */
export const abortAndWait = async (id: string): Promise<View> => {
  await admin(`/maintenance/${id}/abort`, { method: "POST" })
  return reach(id, "finished")
}
