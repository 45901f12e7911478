/**
 * A service's traffic, put together from the counts of its documents. A count stands for the time that it covers and fades with the
 * window, so that a document that nobody asks any more counts nothing. Keeps SPEC rules ENV-7, ENV-9.
 */
import type { Traffic } from "../../shared/environment/server-load.ts"
import type { RequestCount } from "../platform/objects.ts"

/** Over so long requests are averaged, ms. Documents report about every two seconds while they are asked. */
export const TRAFFIC_WINDOW_MS = 10_000

interface Entry {
  readonly at: number
  readonly count: Omit<RequestCount, "subjects">
}

export class TrafficBook {
  #entries: Entry[] = []
  #began: number | null = null

  add(count: Omit<RequestCount, "subjects">, at: number): void {
    this.#began ??= at
    this.#entries = [...this.#entries.filter((entry) => entry.at > at - TRAFFIC_WINDOW_MS), { at, count }]
  }

  /** The traffic of the window before `now`; null before anything was ever counted. */
  traffic(now: number): Traffic | null {
    if (this.#began === null) return null
    const recent = this.#entries.filter(({ at }) => at > now - TRAFFIC_WINDOW_MS)
    const sum = (figure: (count: Entry["count"]) => number): number =>
      recent.reduce((total, { count }) => total + figure(count), 0)
    const requests = sum(({ requests: counted }) => counted)
    return {
      requestsPerSecond: requests / (TRAFFIC_WINDOW_MS / 1000),
      inFlight: Math.max(0, ...recent.map(({ count }) => count.inFlight)),
      waitMs: requests === 0 ? null : sum(({ waitedMs }) => waitedMs) / requests,
      errorShare: requests === 0 ? null : sum(({ errors }) => errors) / requests
    }
  }
}
