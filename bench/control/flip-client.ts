/**
 * A client of the control benchmark: says hello, and carries a policy out with the extension's switch driver over the shared transitions.
 * It takes the policy's signature for granted: a thousand browsers check theirs on a thousand machines, and here all share one. What a check
 * costs is measured beside it.
 */
import { SwitchDriver } from "../../extension/controller/switch-driver.ts"
import { controlUrl } from "../../extension/platform/control-url.ts"
import type { ClientPolicy } from "../../shared/policy/client-policy.ts"
import { wantedSides } from "../../shared/policy/sides.ts"
import { positionOf } from "../../shared/maintenance/waves.ts"
import type { ControlDown } from "../../shared/protocol/control-down.ts"
import type { ControlUp } from "../../shared/protocol/control-up.ts"
import { PROTOCOL_VERSION } from "../../shared/protocol/headers.ts"
import { UNKNOWN_ENVIRONMENT } from "../../shared/environment/readings.ts"
import { initialSwitchState } from "../../shared/switchover/transition.ts"
import type { Place } from "../../scripts/story/stage/places.ts"
import { inTime, type PolicyMessage } from "./peer.ts"

const ENVIRONMENT = { ...UNKNOWN_ENVIRONMENT, network: "online" } as const
const DONE = { ok: true } as const

export interface FlipClientOptions {
  readonly place: Place
  readonly origin: string
  /** 32 hex digits. */
  readonly client: string
  readonly ticket: string
  /** What it says that it runs. */
  readonly running: string
  /** A policy is in force here. */
  readonly onFlip: (policy: ClientPolicy) => void
}

export class FlipClient {
  readonly #options: FlipClientOptions
  readonly #socket: WebSocket
  readonly #driver: SwitchDriver
  readonly #position: number
  #policy: ClientPolicy | null = null
  /** The last policy's message, as it came. */
  lastPolicy: PolicyMessage | null = null

  private constructor(options: FlipClientOptions) {
    this.#options = options
    this.#position = positionOf(options.client)
    this.#socket = new WebSocket(controlUrl(options.origin, options.client, options.ticket))
    this.#driver = driverFor(options.place, (serial) => this.#switched(serial))
  }

  /** Resolves when the first policy is carried out. */
  static async connect(options: FlipClientOptions): Promise<FlipClient> {
    const greeted = Promise.withResolvers<void>()
    const client = new FlipClient({
      ...options,
      onFlip: (policy) => {
        greeted.resolve()
        options.onFlip(policy)
      }
    })
    client.#socket.onopen = () => client.#say(helloOf(options))
    client.#socket.onmessage = ({ data }: MessageEvent<unknown>) => client.#hear(String(data))
    client.#socket.onclose = ({ code, reason }) => greeted.reject(new Error(`closed with ${code} ${reason}`))
    await inTime("a client's first policy", greeted.promise)
    return client
  }

  close(): void {
    this.#socket.close()
  }

  #say(message: ControlUp): void {
    this.#socket.send(JSON.stringify(message))
  }

  #hear(text: string): void {
    const message = JSON.parse(text) as ControlDown // of an edge that this benchmark started
    if (message.type !== "policy") return
    this.lastPolicy = message
    const policy = JSON.parse(atob(message.policy.payload)) as ClientPolicy
    this.#policy = policy
    const sides = wantedSides(policy, { environment: ENVIRONMENT, cannotServe: null, position: this.#position })
    this.#driver.aim({ serial: policy.serial, sides, sync: "none" })
  }

  #switched(serial: number): void {
    const policy = this.#policy
    if (policy === null || policy.serial !== serial) return
    const side = this.#driver.sides[0]?.side ?? "server"
    this.#options.onFlip(policy)
    this.#say({ type: "acknowledge", serial, side, tookMs: 1, longestHoldMs: 1, held: 0, unsent: 0 })
  }
}

const helloOf = ({ place, client, running }: FlipClientOptions): ControlUp => ({
  type: "hello",
  protocol: PROTOCOL_VERSION,
  client,
  service: place.service,
  serial: 0,
  settled: 0,
  running,
  unsent: 0,
  environment: ENVIRONMENT
})

/** A driver whose steps need no time of their own. */
const driverFor = ({ service, origin, mount }: Place, onSwitched: (serial: number) => void): SwitchDriver => {
  let epoch = 0
  const done = () => Promise.resolve(DONE)
  return new SwitchDriver(
    {
      place: { service, origin, mount },
      now: Date.now,
      after: (ms, run) => {
        const timer = setTimeout(run, ms)
        return () => clearTimeout(timer)
      },
      nextEpoch: () => Promise.resolve(++epoch),
      apply: () => Promise.resolve({ held: 0, longestHoldMs: 0 }),
      rollCall: () => Promise.resolve(),
      drained: () => Promise.resolve([]),
      prepare: done,
      sync: done,
      checkpoint: done,
      storeSides: () => Promise.resolve(),
      onSwitched: ({ serial }) => onSwitched(serial),
      onRefused: (serial, refusal) => {
        throw new Error(`policy ${serial} was refused: ${JSON.stringify(refusal)}`)
      },
      logError: (what, cause) => {
        throw new Error(what, { cause })
      }
    },
    initialSwitchState(0, [])
  )
}
