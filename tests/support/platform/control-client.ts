/** A client that speaks the control protocol to a real edge: carries out what it is told unless it is told to wait, or to refuse. */
import type { Refusal } from "../../../shared/protocol/control-up.ts"

interface PolicyPayload {
  readonly serial: number
  readonly temporary: string | null
  readonly rules: readonly { readonly serve: string }[]
}

interface Instruction {
  readonly instruction: string
  readonly release: string
  readonly digest: string | null
}

export class ControlClient {
  readonly #origin: string
  readonly #ticket: string
  readonly #id: string
  #socket: WebSocket | null = null
  #settled = 0
  running = "schedule@1.0.0"
  /** Called with every policy and update; false leaves it undone, a refusal is told. */
  takes: (what: string) => boolean | Refusal = () => true
  readonly seen: string[] = []

  constructor(origin: string, ticket: string, id: string) {
    this.#origin = origin
    this.#ticket = ticket
    this.#id = id
  }

  async connect(): Promise<void> {
    this.#socket?.close()
    const server = this.#origin.replace("http", "ws")
    const socket = new WebSocket(`${server}/_locum/control?client=${this.#id}&ticket=${this.#ticket}`)
    this.#socket = socket
    socket.addEventListener("message", ({ data }) => this.#receive(JSON.parse(String(data))))
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve())
      socket.addEventListener("error", () => reject(new Error("no control socket")))
    })
    const environment = { network: "online", battery: null, storageLeft: null, load: null }
    const head = { type: "hello", protocol: 1, client: this.#id, service: "schedule", unsent: 0, environment }
    this.#say({ ...head, serial: this.#settled, settled: this.#settled, running: this.running })
  }

  close(): void {
    this.#socket?.close()
  }

  #say(message: object): void {
    this.#socket?.send(JSON.stringify(message))
  }

  #receive(message: Record<string, unknown>): void {
    if (message["type"] === "policy") this.#policy(payloadOf(message["policy"]))
    else if (message["type"] === "update") this.#update(message as unknown as Instruction) // from the edge under test
  }

  #policy({ serial, temporary, rules }: PolicyPayload): void {
    const side = rules[0]?.serve ?? "server"
    const what = `${temporary === null ? "standing" : "temporary"} ${side}`
    this.seen.push(what)
    const takes = this.takes(what)
    if (takes === false) return
    if (takes !== true) return this.#say({ type: "refuse", serial, refusal: takes })
    this.#settled = serial
    this.#say({ type: "acknowledge", serial, side, tookMs: 1, longestHoldMs: 1, held: 0, unsent: 0 })
  }

  #update({ instruction, release, digest }: Instruction): void {
    this.seen.push(`update ${release}`)
    const takes = this.takes("update")
    if (takes === false) return
    if (takes === true) this.running = release
    const health = digest === null ? {} : { health: { digest, nonce: "1" } }
    const outcome = takes === true ? { ok: true, ...health } : { ok: false, refusal: takes }
    this.#say({ type: "updated", instruction, running: this.running, at: 1, ...outcome })
  }
}

const payloadOf = (policy: unknown): PolicyPayload =>
  JSON.parse(atob((policy as { readonly payload: string }).payload)) as PolicyPayload // signed by the edge under test
