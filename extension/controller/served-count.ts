/**
 * Counts the requests that this side answers, and tells the operator: every few seconds while the control socket is open, and after it is open
 * again what was counted meanwhile. A count that dies with its document is lost; it is a picture, not a proof. Keeps SPEC rule CON-25.
 */
import { MAX_SERVED_COUNTS, type ControlUp } from "../../shared/protocol/control-up.ts"

const STEP_MS = 10_000
const TELL_AFTER_MS = 5_000

export interface ServedPorts {
  readonly now: () => number
  readonly after: (ms: number, act: () => void) => unknown
  readonly isOpen: () => boolean
  readonly send: (message: Extract<ControlUp, { type: "served" }>) => void
}

export class ServedCount {
  readonly #ports: ServedPorts
  /** Requests by the time at which their step began. */
  readonly #counts = new Map<number, number>()
  #isDue = false

  constructor(ports: ServedPorts) {
    this.#ports = ports
  }

  add(): void {
    const now = this.#ports.now()
    const step = now - (now % STEP_MS)
    this.#counts.set(step, (this.#counts.get(step) ?? 0) + 1)
    const [oldest] = this.#counts.keys()
    if (this.#counts.size > MAX_SERVED_COUNTS && oldest !== undefined) this.#counts.delete(oldest)
    if (this.#isDue) return
    this.#isDue = true
    this.#ports.after(TELL_AFTER_MS, () => {
      this.#isDue = false
      this.tell()
    })
  }

  /** Tells what was counted, when somebody hears it. */
  tell(): void {
    if (this.#counts.size === 0 || !this.#ports.isOpen()) return
    const counts = [...this.#counts].map(([at, requests]) => ({ at, requests }))
    this.#counts.clear()
    this.#ports.send({ type: "served", counts })
  }
}
