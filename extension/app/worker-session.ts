/**
 * The inside of an app's Worker: loads the release, runs each request as one unit of work (shared/app) on a working
 * replica, asks the platform for what is durable and to make durable. Trusted by nobody: the app runs in the same realm.
 * Keeps SPEC rules APP-30 to APP-39 on this side, CLI-14.
 */
import type { App } from "../../shared/app/app.ts"
import { sizeObstacle, structsOf } from "../../shared/app/document-size.ts"
import type { Yjs } from "../../shared/app/replica.ts"
import { UnitOfWork, type CommittedUnit, type UnitResult } from "../../shared/app/unit-of-work.ts"
import { unreachable } from "../../shared/protocol/unreachable.ts"
import type { AppRequest, FromWorker, ToWorker } from "./worker-messages.ts"

/** What a Worker lends to its session. */
export interface WorkerPorts {
  readonly yjs: Yjs
  readonly post: (message: FromWorker, transfer: readonly (ArrayBuffer | ReadableStream)[]) => void
  /** Runs a module from its bytes; its exports. */
  readonly importModule: (bytes: Uint8Array<ArrayBuffer>) => Promise<unknown>
  readonly setTimer: (callback: () => void, ms: number) => () => void
}

/** Smaller bodies are copied: that is faster than handing over their memory. */
const TRANSFER_MIN_BYTES = 32 * 1024

interface Lent {
  readonly state: Uint8Array
  readonly clientId: number
}

export class WorkerSession {
  readonly #ports: WorkerPorts
  #app: App | null = null
  #timeLimitMs = 0
  readonly #documents = new Map<string, UnitOfWork>()
  /** Bytes that each document's state has at the most: as it came, and what was added since. */
  readonly #bytes = new Map<string, number>()
  readonly #loads = new Map<string, (lent: Lent) => void>()
  /** Requests under way by effective key, and their commits by request number. */
  readonly #asked = new Map<string, number>()
  readonly #commits = new Map<number, (error: string | null) => void>()

  constructor(ports: WorkerPorts) {
    this.#ports = ports
  }

  /** Takes a message of the platform. */
  receive(message: ToWorker): void {
    switch (message.type) {
      case "start":
        return void this.#start(message)
      case "ask":
        return void this.#ask(message.id, message.request)
      case "state":
        return this.#loads.get(message.document)?.(message)
      case "committed":
        return this.#commits.get(message.id)?.(message.error)
      case "remote":
        return this.#remote(message.document, message.update)
      case "forget":
        return void this.#documents.delete(message.document)
      case "ping":
        return this.#ports.post({ type: "pong", count: message.count }, [])
      default:
        return unreachable(message)
    }
  }

  #remote(document: string, update: Uint8Array): void {
    this.#grow(document, update.length)
    void this.#documents.get(document)?.applyRemote(update)
  }

  #grow(document: string, bytes: number): void {
    this.#bytes.set(document, (this.#bytes.get(document) ?? 0) + bytes)
  }

  async #start({ bundle, nonce, timeLimitMs }: Extract<ToWorker, { type: "start" }>): Promise<void> {
    this.#timeLimitMs = timeLimitMs
    try {
      const app = appOf(await this.#ports.importModule(bundle))
      this.#app = app
      this.#ports.post(
        { type: "ready", nonce, release: `${app.name}@${app.version}`, schema: app.schema, reads: [...app.reads] },
        []
      )
    } catch (cause) {
      this.#ports.post({ type: "failed", message: String(cause).slice(0, 2000) }, [])
    }
  }

  async #ask(id: number, asked: AppRequest): Promise<void> {
    if (this.#app === null) return
    const { document, method, url, headers, body, user, now, effectiveKey, mayHaveRun } = asked
    this.#asked.set(effectiveKey, id)
    try {
      const hasBody = body !== null && method !== "GET" && method !== "HEAD"
      const request = new Request(url, { method, headers: headers.map(pair), ...(hasBody ? { body } : {}) })
      const input = { user, now: new Date(now), effectiveKey, mayHaveRun }
      const result = await this.#workOn(document).run(this.#app, request, input)
      // A committed unit was answered by the platform the moment it was durable.
      if (result.update === null) this.#answer(id, result)
    } finally {
      this.#asked.delete(effectiveKey)
    }
  }

  #answer(id: number, { status, headers, body, discarded, failure }: UnitResult): void {
    const transfer = transferable(body)
    this.#ports.post(
      {
        type: "answer",
        id,
        status,
        headers: headers.map(pair),
        body: body as Uint8Array<ArrayBuffer>, // bytes made in this Worker, which has no shared memory
        discarded,
        waits: failure?.kind === "waits",
        failure: failure === null ? null : `${failure.kind}: ${failure.message}`.slice(0, 2000)
      },
      transfer
    )
  }

  #workOn(document: string): UnitOfWork {
    const known = this.#documents.get(document)
    if (known) return known
    const work = this.#open(document)
    this.#documents.set(document, work)
    return work
  }

  #open(document: string): UnitOfWork {
    const { yjs, setTimer } = this.#ports
    let clientId = 0
    return new UnitOfWork({
      yjs,
      load: async () => {
        const lent = await this.#load(document)
        clientId = lent.clientId
        this.#bytes.set(document, lent.state.length)
        return [lent.state]
      },
      clientId: () => clientId,
      persist: async (unit) => {
        await this.#commit(unit)
        this.#grow(document, unit.update.length)
      },
      obstacle: (doc, added, isSaving) => {
        const structs = structsOf(doc)
        const bytes = (this.#bytes.get(document) ?? 0) + added
        if (sizeObstacle({ bytes, structs }, isSaving) === null) return null
        // What was deleted since the state came is still counted above; this is exact, and long to find out.
        const exact = yjs.encodeStateAsUpdate(doc).length
        this.#bytes.set(document, exact - added)
        return sizeObstacle({ bytes: exact, structs }, isSaving)
      },
      // The platform has looked for a kept answer before it asked.
      recall: () => null,
      setTimer,
      timeLimitMs: this.#timeLimitMs
    })
  }

  #load(document: string): Promise<Lent> {
    return new Promise((resolve) => {
      this.#loads.set(document, resolve)
      this.#ports.post({ type: "load", document }, [])
    })
  }

  async #commit({ effectiveKey, update, answer }: CommittedUnit): Promise<void> {
    const id = this.#asked.get(effectiveKey)
    if (id === undefined) throw new Error("a unit that nobody asked for")
    const { status, headers, body } = answer
    const bytes = (array: Uint8Array): Uint8Array<ArrayBuffer> => array as Uint8Array<ArrayBuffer> // see #answer
    const error = await new Promise<string | null>((resolve) => {
      this.#commits.set(id, resolve)
      // Nobody reads either of them here any more: a long one is handed over.
      this.#ports.post(
        { type: "commit", id, status, headers: headers.map(pair), body: bytes(body), update: bytes(update) },
        [...transferable(body), ...transferable(update)]
      )
    })
    this.#commits.delete(id)
    if (error !== null) throw new Error(error)
  }
}

const pair = ([name, value]: readonly [string, string]): [string, string] => [name, value]

const transferable = (body: Uint8Array | ReadableStream): (ArrayBuffer | ReadableStream)[] => {
  if (!(body instanceof Uint8Array)) return [body]
  const whole = body.byteOffset === 0 && body.byteLength === body.buffer.byteLength
  return whole && body.byteLength >= TRANSFER_MIN_BYTES ? [body.buffer as ArrayBuffer] : []
}

/** A release's module exports `app`; what else it is shows when it runs. */
const appOf = (exports: unknown): App => {
  const app = typeof exports === "object" && exports !== null && "app" in exports ? exports.app : null
  if (typeof app !== "object" || app === null || !("fetch" in app) || typeof app.fetch !== "function")
    throw new TypeError("the release's module exports no app")
  return app as App
}
