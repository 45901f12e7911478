/**
 * The network of a simulation: requests that may be lost on either way, or arrive long after their sender gave them up; and
 * WebSockets, which keep their order but may be cut at any message, each side hearing of it in its own time.
 */
import type { Process } from "./process.ts"

/** How a network behaves. */
export interface Weather {
  /** Longest way of a message, ms. */
  readonly delayMs: number
  /** Chance that a request, an answer, or a message's whole connection is lost. */
  readonly loss: number
}

export const FAIR: Weather = { delayMs: 40, loss: 0 }

type Frame = string | ArrayBuffer

/** One end of a WebSocket, for the browser (events) and for the Workers runtime (attachment) alike. */
export class SocketEnd {
  readonly CONNECTING = 0
  readonly OPEN = 1
  readonly CLOSING = 2
  readonly CLOSED = 3
  readyState = 0
  binaryType = "arraybuffer"
  /** Whose it is. */
  owner = ""
  onopen: ((event: object) => void) | null = null
  onmessage: ((event: { readonly data: Frame }) => void) | null = null
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null = null
  onerror: ((event: object) => void) | null = null
  readonly #early: Frame[] = []
  /** Set by the network: where its messages and its goodbye go. What is said before is kept. */
  transmit: (frame: Frame) => void = (frame) => void this.#early.push(frame)
  goodbye: (code: number, reason: string) => void = () => undefined
  #attachment: unknown = null

  /** What was said before there was a connection. */
  takeEarly(): readonly Frame[] {
    return this.#early.splice(0)
  }

  send(frame: Frame | Uint8Array): void {
    if (this.readyState !== this.OPEN) return
    this.transmit(typeof frame === "string" ? frame : new Uint8Array(frame).slice().buffer)
  }

  close(code = 1000, reason = ""): void {
    if (this.readyState >= this.CLOSING) return
    this.readyState = this.CLOSING
    this.goodbye(code, reason)
  }

  serializeAttachment(value: unknown): void {
    this.#attachment = structuredClone(value)
  }

  deserializeAttachment(): unknown {
    return structuredClone(this.#attachment)
  }
}

/** A direction of a connection: in order, at its own pace. */
interface Lane {
  readonly to: () => Process
  arrives: number
}

export class Connection {
  readonly near: SocketEnd
  readonly far: SocketEnd
  readonly #network: Network
  #isCut = false
  readonly #lanes: { readonly up: Lane; readonly down: Lane }

  /** What it is about. */
  readonly document: string

  constructor(
    network: Network,
    near: Process,
    far: () => Process,
    { document, ...ends }: { readonly document: string; readonly near: SocketEnd; readonly far: SocketEnd }
  ) {
    this.#network = network
    this.document = document
    this.near = ends.near
    this.far = ends.far
    this.#lanes = { up: { to: far, arrives: 0 }, down: { to: () => near, arrives: 0 } }
    this.#join(this.near, this.far, this.#lanes.up)
    this.#join(this.far, this.near, this.#lanes.down)
  }

  belongsTo(owner: string): boolean {
    return this.near.owner === owner
  }

  get isCut(): boolean {
    return this.#isCut
  }

  /** Nothing that is on its way arrives; both ends hear of it, sooner or later. */
  cut(): void {
    if (this.#isCut) return
    this.#isCut = true
    for (const [end, lane] of [[this.near, this.#lanes.down] as const, [this.far, this.#lanes.up] as const])
      this.#network.later(lane.to(), 3 * this.#network.weather.delayMs, () => this.#closed(end, 1006, "cut"))
  }

  #join(from: SocketEnd, to: SocketEnd, lane: Lane): void {
    from.transmit = (frame) => {
      this.#network.messages++
      this.#network.onMessage?.(this)
      if (this.#network.loses()) return this.cut()
      this.#carry(lane, () => {
        if (to.readyState === to.OPEN) to.onmessage?.({ data: frame })
      })
    }
    from.goodbye = (code, reason) => {
      this.#carry(lane, () => this.#closed(to, code, reason))
      const back = lane === this.#lanes.up ? this.#lanes.down : this.#lanes.up
      this.#network.later(back.to(), this.#network.weather.delayMs, () => this.#closed(from, code, reason))
    }
  }

  /** Lets the browser begin to talk. */
  open(): void {
    const { near } = this
    this.#carry(this.#lanes.down, () => {
      if (near.readyState !== near.CONNECTING) return
      near.readyState = near.OPEN
      near.onopen?.({})
    })
  }

  #carry(lane: Lane, arrive: () => void): void {
    if (this.#isCut) return
    const { now, home } = this.#network
    lane.arrives = Math.max(lane.arrives, now + this.#network.delay())
    home.after(lane.arrives - now, () => {
      if (this.#isCut) return
      lane.to().after(0, () => {
        if (!this.#isCut) arrive()
      })
    })
  }

  #closed(end: SocketEnd, code: number, reason: string): void {
    if (end.readyState === end.CLOSED) return
    end.readyState = end.CLOSED
    end.onclose?.({ code, reason })
  }
}

export class Network {
  weather: Weather = FAIR
  /** Messages of sockets so far. */
  messages = 0
  /** Called when a message is sent; what it does happens before the message is under way. */
  onMessage: ((connection: Connection) => void) | null = null
  /** What is on its way belongs to nobody who could die. */
  readonly home: Process
  readonly #connections = new Set<Connection>()

  constructor(home: Process) {
    this.home = home
  }

  get now(): number {
    return this.home.world.now
  }

  delay(): number {
    return 1 + this.home.world.random.below(this.weather.delayMs)
  }

  loses(): boolean {
    return this.weather.loss > 0 && this.home.world.random.chance(this.weather.loss)
  }

  later(process: Process, ms: number, work: () => void): void {
    process.after(1 + this.home.world.random.below(Math.max(1, ms)), work)
  }

  keep(connection: Connection): void {
    this.#connections.add(connection)
  }

  /** Connections that still carry something. */
  get open(): readonly Connection[] {
    for (const connection of this.#connections)
      if (connection.isCut || connection.near.readyState === 3) this.#connections.delete(connection)
    return [...this.#connections]
  }
}
