/**
 * Puts what the product takes from its runtime under the simulation: clock, timers, randomness, digests, IndexedDB and
 * WebSocket of whichever process runs at the moment. Import it before the product: some libraries take `Date.now` when
 * they load. Outside of a simulation everything is as it was, so that a test runner around it goes on.
 */
import { createHash } from "node:crypto"
import {
  IDBCursor,
  IDBDatabase,
  IDBIndex,
  IDBKeyRange,
  IDBObjectStore,
  IDBRequest,
  IDBTransaction
} from "fake-indexeddb"
import { aroundCurrent, CURRENT } from "./current.ts"

type Work = (...args: unknown[]) => void

const real = {
  now: Date.now,
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  setImmediate: globalThis.setImmediate,
  random: Math.random,
  getRandomValues: crypto.getRandomValues.bind(crypto),
  randomUUID: crypto.randomUUID.bind(crypto),
  digest: crypto.subtle.digest.bind(crypto.subtle),
  fetch: globalThis.fetch,
  error: console.error,
  warn: console.warn,
  Response: globalThis.Response
}

/** A timer of the simulation; `stop` calls it off. */
class Timer {
  stop: () => void = () => undefined
  unref = (): this => this
}

const setSimulatedTimeout = (work: Work, ms = 0, ...args: unknown[]): unknown => {
  const { process } = CURRENT
  if (process === null) return real.setTimeout(work, ms, ...args)
  const timer = new Timer()
  timer.stop = process.after(Math.max(1, Number(ms) || 0), () => work(...args))
  return timer
}

const setSimulatedInterval = (work: Work, ms = 0, ...args: unknown[]): unknown => {
  const { process } = CURRENT
  if (process === null) return real.setInterval(work, ms, ...args)
  const timer = new Timer()
  const again = (): void => {
    timer.stop = process.after(Math.max(1, Number(ms) || 0), () => {
      again()
      work(...args)
    })
  }
  again()
  return timer
}

const clear = (timer: unknown): void => {
  if (timer instanceof Timer) timer.stop()
  else real.clearTimeout(timer as ReturnType<typeof setTimeout>)
}

const setSimulatedImmediate = (work: Work, ...args: unknown[]): unknown =>
  CURRENT.process === null ? real.setImmediate(work, ...args) : CURRENT.process.step(() => work(...args))

const fillRandomly = <T extends ArrayBufferView>(array: T): T => {
  const { process } = CURRENT
  if (process === null) return real.getRandomValues(array as never) as T
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  for (let index = 0; index < bytes.length; index++) bytes[index] = process.world.random.word() & 0xff
  return array
}

const randomUuid = (): string => {
  if (CURRENT.process === null) return real.randomUUID()
  const hex = Buffer.from(fillRandomly(new Uint8Array(16))).toString("hex")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}

/** SHA-256 in the same turn: the real one comes back from a thread of its own at a moment that no seed decides. */
const digest = (algorithm: AlgorithmIdentifier, data: BufferSource): Promise<ArrayBuffer> => {
  if (CURRENT.process === null || algorithm !== "SHA-256") return real.digest(algorithm, data)
  const bytes = ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)
  const hash = createHash("sha256").update(bytes).digest()
  return Promise.resolve(hash.buffer.slice(hash.byteOffset, hash.byteOffset + hash.length) as ArrayBuffer)
}

/** The Workers runtime's Response can hand over a socket. */
class WorkersResponse extends real.Response {
  readonly webSocket: unknown

  constructor(body?: BodyInit | null, init?: ResponseInit & { readonly webSocket?: unknown }) {
    super(body, init?.status === 101 ? { ...init, status: 200 } : init)
    this.webSocket = init?.webSocket ?? null
  }
}

/** Opening one gives a socket of the simulated network. */
function SimulatedWebSocket(url: string | URL): object {
  const { openSocket } = aroundCurrent()
  if (openSocket === null) throw new Error("no network here")
  return openSocket(String(url))
}
Object.assign(SimulatedWebSocket, { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 })

/** What the product logs while it is being troubled is no news. */
const quietly =
  (say: Work): Work =>
  (...words) => {
    if (CURRENT.process === null) say(...words)
  }

const replace = (target: object, name: string, descriptor: PropertyDescriptor): void => {
  Object.defineProperty(target, name, { configurable: true, ...descriptor })
}

const isReplaced = Symbol.for("locum.simulation.ambient")
if (!(isReplaced in globalThis)) {
  const fixed = (value: unknown): PropertyDescriptor => ({ value, writable: true })
  replace(globalThis, isReplaced as unknown as string, fixed(true))
  replace(
    Date,
    "now",
    fixed(() => CURRENT.process?.world.now ?? real.now())
  )
  replace(
    Math,
    "random",
    fixed(() => CURRENT.process?.world.random.fraction() ?? real.random())
  )
  replace(globalThis, "setTimeout", fixed(setSimulatedTimeout))
  replace(globalThis, "setInterval", fixed(setSimulatedInterval))
  replace(globalThis, "clearTimeout", fixed(clear))
  replace(globalThis, "clearInterval", fixed(clear))
  replace(globalThis, "setImmediate", fixed(setSimulatedImmediate))
  replace(crypto, "getRandomValues", fixed(fillRandomly))
  replace(crypto, "randomUUID", fixed(randomUuid))
  replace(crypto.subtle, "digest", fixed(digest))
  replace(console, "error", fixed(quietly(real.error)))
  replace(console, "warn", fixed(quietly(real.warn)))
  replace(globalThis, "Response", fixed(WorkersResponse))
  replace(globalThis, "WebSocket", fixed(SimulatedWebSocket))
  replace(globalThis, "indexedDB", { get: () => aroundCurrent().disk?.factory })
  replace(globalThis, "fetch", {
    get: () => (CURRENT.process === null ? real.fetch : () => Promise.reject(new TypeError("no such server")))
  })
  process.setMaxListeners(0) // y-websocket adds one for each provider
  for (const [name, value] of Object.entries({
    IDBCursor,
    IDBDatabase,
    IDBIndex,
    IDBKeyRange,
    IDBObjectStore,
    IDBRequest,
    IDBTransaction
  }))
    replace(globalThis, name, fixed(value))
}
