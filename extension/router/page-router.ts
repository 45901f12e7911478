/**
 * The router's half in the offscreen document: answers what pages and the service worker bring, by the table in force, and puts new
 * tables in force everywhere. One for all services. Keeps SPEC rules ROU-3 to ROU-6, ROU-24 to ROU-28, SWI-4, SWI-6.
 */
import { CLOSED_HEADER } from "../../shared/protocol/headers.ts"
import type { PageUp } from "../../shared/protocol/page-bridge.ts"
import { parse } from "../../shared/protocol/parse.ts"
import { routeFor, type RouteMode, type RoutingTable } from "../../shared/switchover/routes.ts"
import type { LocalAnswer, LocalRequest, ServicePin, ServicePlatform } from "../platform/client-platform.ts"
import { WorkerReplySchema, type PlatformMessage, type WorkerMessage } from "../platform/messages.ts"
import type { HoldFigures, RouteAuthority, ServiceRouter, Trouble } from "../platform/service-router.ts"
import { Frame, type FrameListener } from "./frame.ts"
import { HoldBook } from "./hold-book.ts"

/** A frame that has not said within this that it took a table is stale: it asks for it before its next request. */
const SILENT_AFTER_MS = 1000
/** A page takes its port at once, or is gone before that came: then its port stays open, and nobody answers. */
const MUTE_AFTER_MS = 500
const WORKER_WITHIN_MS = 10_000
/** A drain that takes longer is noted. */
const DRAIN_LATE_MS = 2_000
/** A hold ends within 5 s; a request that waits longer was forgotten by everybody and goes back to the server. */
const LONGEST_WAIT_MS = 6000
/** A request is led from one side to the other at most this often (F19). */
const MAX_TURNS = 3

/** Something for the story's proof and for the operator. */
export interface RouterNote {
  readonly kind: "held" | "recovered" | "uncovered" | "stuck"
  readonly url: string
  readonly method: string
  readonly ms: number
  readonly text: string
  readonly at: number
}

export interface PageRouterPorts {
  askWorker(message: WorkerMessage, withinMs: number): Promise<unknown>
  /** A request to the origin with the person's cookies, for a local page; rejects on network errors. */
  fetchFromServer(request: LocalRequest, signal: AbortSignal): Promise<LocalAnswer>
  now(): number
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  note(note: RouterNote): void
  failed(what: string, error: unknown): void
}

/** A service as the router sees it. */
export interface RoutedService {
  readonly pin: ServicePin
  readonly authority: RouteAuthority
  readonly platform: Pick<ServicePlatform, "answer" | "onChange">
}

interface Entry extends RoutedService {
  table: RoutingTable | null
  readonly holds: HoldBook
  /** Paths of requests that this router has at the server or at the platform. */
  readonly under: Map<symbol, string>
}

export class PageRouter implements FrameListener {
  readonly #ports: PageRouterPorts
  readonly #frames = new Set<Frame>()
  readonly #entries = new Map<string, Entry>()
  #waiting: (() => void)[] = []

  constructor(ports: PageRouterPorts) {
    this.#ports = ports
  }

  /** Takes a service up; its pages that are connected already hear of it with the first table. */
  serve(service: RoutedService): ServiceRouter {
    const entry: Entry = {
      ...service,
      table: service.authority.table(),
      holds: new HoldBook(() => this.#ports.now()),
      under: new Map()
    }
    this.#entries.set(service.pin.service, entry)
    return { apply: (table) => this.#apply(entry, table), drained: () => this.#drained(entry) }
  }

  /** Connects a page. `origin` comes from the bridge, which has it from the browser. */
  connect(port: MessagePort, origin: string, local: boolean): void {
    const services = [...this.#entries.values()].filter(({ pin }) => pin.origin === origin)
    if (services.length === 0) return port.close()
    const frame = new Frame(port, origin, local, this)
    this.#frames.add(frame)
    this.refresh(frame)
    void this.#ports.sleep(MUTE_AFTER_MS).then(() => frame.sleepIfMute())
    for (const { authority } of services) authority.noticed()
  }

  /** A navigation of a local page, from the service worker. */
  async navigation(message: Extract<PlatformMessage, { type: "answer" }>): Promise<LocalAnswer> {
    const entry = this.#entries.get(message.service)
    if (entry === undefined) throw new TypeError(`service ${message.service} is not known here`)
    const { url, method, headers, receivedAt, mayHaveRun } = message
    const body = message.body === null ? null : new Uint8Array(message.body)
    const request: LocalRequest = { url, method, headers, body, kind: "page", receivedAt, mayHaveRun }
    return this.#underWay(entry, url, () => entry.platform.answer(request, new AbortController().signal))
  }

  /** The server answered a request of this profile. */
  served(url: string): void {
    const { origin, pathname } = new URL(url)
    for (const { authority, pin } of this.#entries.values()) if (pin.origin === origin) authority.served(pathname)
  }

  /** May a navigation that the server failed be answered here? Waits for a takeover that this leads to. */
  async navigationFailed(message: Extract<PlatformMessage, { type: "navigation-failed" }>): Promise<boolean> {
    const entry = this.#entries.get(message.service)
    if (entry === undefined) return false
    if (this.#modeOf(entry, message.url) === "server")
      await entry.authority.reconsider(message.closed ? "closed" : "network")
    return (await this.#settled(entry, message.url)) === "client"
  }

  // FrameListener

  async request(frame: Frame, request: Extract<PageUp, { type: "request" }>, signal: AbortSignal): Promise<void> {
    const entry = this.#entryFor(frame, request.url)
    const decline = (why: string): void => frame.send({ type: "declined", id: request.id, why })
    if (entry === undefined) return decline("no service of this page has that address")
    try {
      const answer = await this.#answer(entry, frame, request, signal)
      if (answer === null) return decline("the server serves it")
      // A copy: what the platform keeps must not be given away.
      const body = answer.body === null ? null : answer.body.slice().buffer
      const { status, headers } = answer
      frame.send({ type: "answer", id: request.id, status, headers, body }, body === null ? [] : [body])
    } catch (error) {
      if (signal.aborted) return
      this.#ports.failed(`${request.method} ${request.url}`, error)
      this.uncovered(frame, request.url, request.method, `no answer here: ${String(error)}`)
      frame.send({ type: "failed", id: request.id, why: String(error) })
    }
  }

  subscribe(frame: Frame, id: number, url: string, signal: AbortSignal): void {
    const entry = this.#entryFor(frame, url)
    if (entry === undefined) return
    const stop = entry.platform.onChange((document) => {
      if (frame.local || entry.table?.routes.some(({ mode }) => mode === "client") === true)
        frame.send({ type: "tick", id, data: document })
    })
    signal.addEventListener("abort", stop, { once: true })
  }

  refresh(frame: Frame): void {
    for (const { pin, table } of this.#entries.values())
      if (pin.origin === frame.origin && table !== null) frame.tell(table)
  }

  uncovered(_frame: Frame, url: string, method: string, text: string): void {
    this.#ports.note({ kind: "uncovered", url, method, ms: 0, text, at: this.#ports.now() })
  }

  refused(frame: Frame, error: string): void {
    this.#ports.failed(`message of a page of ${frame.origin}`, error)
  }

  closed(frame: Frame): void {
    this.#frames.delete(frame)
  }

  // Requests

  /** The answer, or null when the page has to ask the server itself. */
  async #answer(
    entry: Entry,
    frame: Frame,
    request: Extract<PageUp, { type: "request" }>,
    signal: AbortSignal
  ): Promise<LocalAnswer | null> {
    const local: LocalRequest = {
      url: request.url,
      method: request.method,
      headers: request.headers,
      body: request.body === null ? null : new Uint8Array(request.body),
      kind: "fetch",
      receivedAt: this.#ports.now()
    }
    let trouble: Trouble | null = request.because === "closed" || request.because === "network" ? request.because : null
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      if (trouble !== null && this.#modeOf(entry, local.url) === "server") await entry.authority.reconsider(trouble)
      if ((await this.#settled(entry, local.url, request.method)) === "client") {
        const asked = { ...local, mayHaveRun: trouble === "network" }
        return this.#underWay(entry, local.url, () => entry.platform.answer(asked, signal))
      }
      if (!frame.local) return null
      const passed = await this.#passOn(entry, local, signal)
      if (typeof passed !== "string") return passed
      trouble = passed
    }
    throw new TypeError("neither side answers")
  }

  /** For a local page, which cannot ask the server itself. */
  async #passOn(entry: Entry, request: LocalRequest, signal: AbortSignal): Promise<LocalAnswer | Trouble> {
    try {
      const answer = await this.#underWay(entry, request.url, () => this.#ports.fetchFromServer(request, signal))
      return answer.status === 503 &&
        answer.headers.some(([name]) => name.toLowerCase() === CLOSED_HEADER.toLowerCase())
        ? "closed"
        : answer
    } catch (error) {
      if (signal.aborted || !(error instanceof TypeError)) throw error
      return "network"
    }
  }

  async #underWay<T>(entry: Entry, url: string, work: () => Promise<T>): Promise<T> {
    const key = Symbol(url)
    entry.under.set(key, new URL(url).pathname)
    try {
      return await work()
    } finally {
      entry.under.delete(key)
      this.#wake()
    }
  }

  #entryFor(frame: Frame, url: string): Entry | undefined {
    const target = URL.parse(url)
    if (target === null || target.origin !== frame.origin) return undefined
    return [...this.#entries.values()].find(
      ({ pin }) => pin.origin === target.origin && `${target.pathname}/`.startsWith(pin.mount)
    )
  }

  #modeOf(entry: Entry, url: string): RouteMode {
    return entry.table === null ? "server" : routeFor(entry.table, new URL(url).pathname)
  }

  /** Where a request goes once that is decided; held ones are counted with their time. */
  async #settled(entry: Entry, url: string, method = "GET"): Promise<"server" | "client"> {
    const now = this.#modeOf(entry, url)
    if (now !== "hold") return now
    const release = entry.holds.hold()
    const giveUp = new AbortController()
    const late = this.#ports.sleep(LONGEST_WAIT_MS, giveUp.signal).then(() => "late" as const)
    try {
      for (;;) {
        const mode = this.#modeOf(entry, url)
        if (mode !== "hold") return mode
        if ((await Promise.race([this.#change(), late])) === "late") return "server"
      }
    } finally {
      giveUp.abort()
      const at = this.#ports.now()
      this.#ports.note({ kind: "held", url, method, ms: release(), text: "", at })
    }
  }

  // Tables

  async #apply(entry: Entry, table: RoutingTable): Promise<HoldFigures> {
    const tables = [...this.#entries.values()].flatMap((other) => {
      const current = other === entry ? table : other.table
      return current === null ? [] : [current]
    })
    const recover = [...this.#entries.values()].flatMap(({ authority, pin }) =>
      authority.mayServe() ? [pin.service] : []
    )
    const navigations = await this.#worker({ type: "routes", tables, recover })
    entry.table = table
    this.#wake()
    const frames = [...this.#frames].filter(({ origin }) => origin === entry.pin.origin)
    for (const frame of frames) frame.tell(table)
    const silent = new AbortController()
    const taken = Promise.all(frames.map((frame) => frame.acknowledged("taken", table)))
    await Promise.race([taken, this.#ports.sleep(SILENT_AFTER_MS, silent.signal)])
    silent.abort()
    return sumOf(entry.holds.take(), navigations)
  }

  /** SWI-4: no request on a held pattern is at the server, or being answered here, any more. */
  async #drained(entry: Entry): Promise<void> {
    const { table } = entry
    if (table === null) return
    const frames = [...this.#frames].filter((frame) => frame.origin === entry.pin.origin && frame.has(table))
    const awaited = new Set<string>()
    const track = async (what: string, done: Promise<unknown>): Promise<void> => {
      awaited.add(what)
      await done
      awaited.delete(what)
    }
    const late = new AbortController()
    void this.#ports
      .sleep(DRAIN_LATE_MS, late.signal)
      .then(() => this.#stuck(entry, [...awaited]))
      .catch(() => undefined)
    await Promise.all([
      track("navigations", this.#worker({ type: "drain", service: entry.pin.service })),
      track("requests answered here", this.#ownDrained(entry, table)),
      ...frames.map((frame, index) => track(`frame ${index} of ${frames.length}`, frame.acknowledged("drained", table)))
    ])
    late.abort()
  }

  /** A drain that takes long is noted with what it waits for: otherwise nobody could find out afterwards. */
  #stuck(entry: Entry, awaited: readonly string[]): void {
    if (awaited.length === 0) return
    const under = [...entry.under.values()].join(" ")
    const at = this.#ports.now()
    const text = `drain waits for ${awaited.join(", ")}; under way here: ${under}`
    this.#ports.note({
      kind: "stuck",
      url: entry.pin.origin + entry.pin.mount,
      method: "",
      ms: DRAIN_LATE_MS,
      text,
      at
    })
  }

  async #ownDrained(entry: Entry, table: RoutingTable): Promise<void> {
    const before = [...entry.under.keys()]
    const isHeld = (key: symbol): boolean => {
      const path = entry.under.get(key)
      return path !== undefined && routeFor(table, path) === "hold"
    }
    while (before.some(isHeld)) await this.#change()
  }

  /** Rejects when the worker did not do it. */
  async #worker(message: WorkerMessage): Promise<HoldFigures> {
    const reply = parse(WorkerReplySchema, await this.#ports.askWorker(message, WORKER_WITHIN_MS))
    if (!reply.ok) throw new TypeError(`reply of the service worker to ${message.type}: ${reply.error}`)
    if (!reply.value.ok) throw new TypeError(`the service worker refused ${message.type}: ${reply.value.error}`)
    return reply.value
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}

const sumOf = (a: HoldFigures, b: HoldFigures): HoldFigures => ({
  held: a.held + b.held,
  longestHoldMs: Math.max(a.longestHoldMs, b.longestHoldMs)
})
