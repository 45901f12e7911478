/** What the control benchmark compares: servers that tell everybody something and learn that everybody has it. */
import { resolve } from "node:path"
import type { ControlDown } from "../../shared/protocol/control-down.ts"
import { TOP } from "../support/report.ts"

export type PolicyMessage = Extract<ControlDown, { type: "policy" }>

/** One thing told to everybody. All times in ms from just before the POST. */
export interface Told {
  /** When each client had it in force. */
  readonly flips: readonly number[]
  /** When the server knew of all. */
  readonly knownMs: number
}

/** A server that runs, with its clients. */
export interface ControlServer {
  /** Connects more clients; resolves when they are all greeted. */
  connect(count: number): Promise<void>
  /** Tells everybody something; all of them when several things belong together. */
  tell(): Promise<readonly Told[]>
  /** A signed policy as its clients got it; null where nothing is signed. */
  lastPolicy(): PolicyMessage | null
  kill(): Promise<void>
}

export interface ControlPeer {
  readonly name: string
  start(folder: string): Promise<ControlServer>
}

export const PEERS_FOLDER = resolve(TOP, "bench/peers")

/** Everything that is waited for here ends within this, on any machine that can carry the clients. */
export const GIVE_UP_MS = 60_000
/** Sockets that are opened at a time. */
const AT_ONCE = 50

/** Does `work` for each of `count`, some at a time. */
export const inParallel = async (count: number, work: (index: number) => Promise<void>): Promise<void> => {
  let next = 0
  const oneByOne = async (): Promise<void> => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, oneByOne))
}

/** Rejects when `promise` takes too long. */
export const inTime = async <T>(what: string, promise: Promise<T>): Promise<T> => {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`${what}: not within ${GIVE_UP_MS} ms`)), GIVE_UP_MS)
  return Promise.race([promise, late.promise]).finally(() => clearTimeout(timer))
}

/** Counts clients that have something in force, from a beginning. */
export class Flips {
  readonly #from = performance.now()
  readonly #count: number
  readonly #flips: number[] = []
  readonly #all = Promise.withResolvers<void>()

  constructor(count: number) {
    this.#count = count
  }

  /** Since the beginning, ms. */
  get elapsedMs(): number {
    return performance.now() - this.#from
  }

  add(): void {
    this.#flips.push(this.elapsedMs)
    if (this.#flips.length === this.#count) this.#all.resolve()
  }

  async all(): Promise<readonly number[]> {
    await inTime(`${this.#count} flips`, this.#all.promise).catch((error: unknown) => {
      throw new Error(`${String(error)}; there were ${this.#flips.length}`, { cause: error })
    })
    return this.#flips
  }
}
