/**
 * A service's traffic, put together from the counts of its documents. A count stands for the time that it covers and fades with the
 * window, so that a document that nobody asks any more counts nothing. Keeps SPEC rules ENV-7, ENV-9.
 */
import type { Traffic } from "../../shared/environment/server-load.ts"
import type { Answered } from "../../shared/maintenance/came-back-worse.ts"
import type { RequestCount } from "../platform/objects.ts"

/** Over so long requests are averaged, ms. Documents report about every two seconds while they are asked. */
export const TRAFFIC_WINDOW_MS = 10_000

/** Counts that come closer together than this share of the window are put together, however many documents there are. */
const SLICE_SHARE = 0.02

interface Entry {
  readonly at: number
  readonly count: Omit<RequestCount, "subjects">
}

export class TrafficBook {
  #entries: Entry[] = []
  #began: number | null = null
  readonly #windowMs: number

  constructor(windowMs = TRAFFIC_WINDOW_MS) {
    this.#windowMs = windowMs
  }

  add(count: Omit<RequestCount, "subjects">, at: number): void {
    this.#began ??= at
    const recent = this.#recent(at)
    const last = recent.at(-1)
    this.#entries =
      last !== undefined && at - last.at < this.#windowMs * SLICE_SHARE
        ? [...recent.slice(0, -1), { at: last.at, count: together(last.count, count) }]
        : [...recent, { at, count }]
  }

  /** The traffic of the window before `now`; null before anything was ever counted. */
  traffic(now: number): Traffic | null {
    if (this.#began === null) return null
    const { requests, errors, waitedMs } = this.answered(now)
    return {
      requestsPerSecond: requests / (this.#windowMs / 1000),
      inFlight: Math.max(0, ...this.#recent(now).map(({ count }) => count.inFlight)),
      waitMs: requests === 0 ? null : waitedMs / requests,
      errorShare: requests === 0 ? null : errors / requests
    }
  }

  /** What was answered in the window before `now`. */
  answered(now: number): Answered {
    const recent = this.#recent(now)
    const sum = (figure: (count: Entry["count"]) => number): number =>
      recent.reduce((total, { count }) => total + figure(count), 0)
    return {
      requests: sum(({ requests }) => requests),
      errors: sum(({ errors }) => errors),
      waitedMs: sum(({ waitedMs }) => waitedMs)
    }
  }

  #recent(now: number): Entry[] {
    return this.#entries.filter(({ at }) => at > now - this.#windowMs)
  }
}

const together = (a: Entry["count"], b: Entry["count"]): Entry["count"] => ({
  ms: a.ms + b.ms,
  requests: a.requests + b.requests,
  errors: a.errors + b.errors,
  waitedMs: a.waitedMs + b.waitedMs,
  inFlight: Math.max(a.inFlight, b.inFlight)
})
