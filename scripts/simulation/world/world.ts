/**
 * Time and order in a simulation: a queue of events, one at a time, each of which belongs to a process. While one runs,
 * and until every promise that it settled has been worked off, its process is the current one (`current.ts` leads what the
 * product takes from its runtime there). A process that was killed runs nothing any more, and says nothing to anybody.
 */
import { setImmediate as nextTurn } from "node:timers"
import { CURRENT } from "./current.ts"
import { EventQueue } from "./event-queue.ts"
import type { Process, ProcessWorld } from "./process.ts"
import type { Random } from "./random.ts"

/** Where a simulation begins, ms since 1970. */
export const BEGINNING = Date.UTC(2026, 10, 23, 12)

export class World implements ProcessWorld {
  readonly random: Random
  readonly #queue = new EventQueue()
  #now = BEGINNING
  readonly #plans = new Map<() => void, number>()
  /** Events so far. */
  events = 0

  constructor(random: Random) {
    this.random = random
  }

  /** ms since 1970. */
  get now(): number {
    return this.#now
  }

  schedule(process: Process, ms: number, work: () => void): () => void {
    return this.#queue.add(this.#now + Math.max(0, ms), process, work)
  }

  /** Does `work` between two events, after so many more of them. */
  afterEvents(count: number, work: () => void): void {
    this.#plans.set(work, this.events + count)
  }

  /** What was to be done after more events is not done any more. */
  forgetPlans(): void {
    this.#plans.clear()
  }

  /** Lets events happen until `isDone`, or for `limitMs` of the world's time; says whether it was done. */
  async run(isDone: () => boolean, limitMs: number): Promise<boolean> {
    const end = this.#now + limitMs
    while (!isDone()) {
      const event = this.#queue.nextUntil(end)
      if (event === undefined) {
        this.#now = end
        return false
      }
      this.#now = Math.max(this.#now, event.at)
      this.events++
      CURRENT.process = event.process
      event.work()
      // A real turn ends when no promise is left to be worked off.
      await new Promise((resolve) => nextTurn(resolve))
      CURRENT.process = null
      if (this.#plans.size > 0) this.#carryOut()
    }
    return true
  }

  #carryOut(): void {
    for (const [work, due] of this.#plans) {
      if (due > this.events) continue
      this.#plans.delete(work)
      work()
    }
  }
}
