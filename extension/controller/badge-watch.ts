/** Has the toolbar say how the services stand, whenever that changes. Keeps SPEC rule CON-22. */
import type { Badge } from "../platform/badge.ts"
import type { ServiceStatus } from "../platform/service-status.ts"
import { badgeOf } from "./badge-of.ts"

export interface BadgePorts {
  readonly statuses: () => readonly ServiceStatus[]
  readonly show: (badge: Badge) => Promise<void>
  readonly after: (ms: number, run: () => void) => () => void
  readonly logError: (what: string, cause: unknown) => void
}

/** What is looked at lies in memory; the service worker is woken only when something is different. */
const LOOK_EVERY_MS = 1000

export class BadgeWatch {
  readonly #ports: BadgePorts
  #shown = ""

  constructor(ports: BadgePorts) {
    this.#ports = ports
  }

  /** Looks now and from then on. */
  start(): void {
    const badge = badgeOf(this.#ports.statuses())
    const text = JSON.stringify(badge)
    if (text !== this.#shown) {
      this.#shown = text
      this.#ports.show(badge).catch((cause: unknown) => {
        this.#shown = ""
        this.#ports.logError("badge", cause)
      })
    }
    this.#ports.after(LOOK_EVERY_MS, () => this.start())
  }
}
