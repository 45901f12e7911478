/**
 * What one document counts of its requests between two looks: how many, how many failed, how long they took, how many are under
 * way, whose they were. Timers stand still while code runs here, so time is what passes while a request waits. A closed service answers
 * nothing: of such a request only whose it was is counted. Keeps SPEC rules ENV-7, MNT-17.
 */
import { CLOSED_HEADER } from "../../shared/protocol/headers.ts"

import type { RequestCount } from "../platform/objects.ts"

/** A document that more people use than that is counted by these. */
export const MAX_SUBJECTS = 200

export class RequestMeter {
  readonly #now: () => number
  #since: number
  #requests = 0
  #errors = 0
  #waitedMs = 0
  #underWay = 0
  #most = 0
  readonly #subjects = new Set<string>()

  constructor(now: () => number) {
    this.#now = now
    this.#since = now()
  }

  /** Counts one request of `subject`. */
  async count(subject: string, answer: () => Promise<Response>): Promise<Response> {
    const start = this.#now()
    this.#most = Math.max(this.#most, ++this.#underWay)
    if (this.#subjects.size < MAX_SUBJECTS) this.#subjects.add(subject)
    let response: Response | null = null
    try {
      response = await answer()
      return response
    } finally {
      this.#underWay--
      if (response?.headers.has(CLOSED_HEADER) !== true) {
        this.#requests++
        this.#waitedMs += this.#now() - start
        if ((response?.status ?? 500) >= 500) this.#errors++
      }
    }
  }

  /** What was counted since the last call; a new count begins. */
  take(): RequestCount {
    const now = this.#now()
    const taken = {
      ms: now - this.#since,
      requests: this.#requests,
      errors: this.#errors,
      waitedMs: this.#waitedMs,
      inFlight: this.#most,
      subjects: [...this.#subjects]
    }
    this.#since = now
    this.#requests = this.#errors = this.#waitedMs = 0
    this.#most = this.#underWay
    this.#subjects.clear()
    return taken
  }
}
