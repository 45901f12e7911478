/**
 * Has the offscreen document closed when no service needed it for a while. Whoever needs it later (a page, a navigation, the popup, the
 * browser's start, the time at which it is due) asks the service worker, which makes a new one. Keeps SPEC rule CON-17.
 */
import { dueAfter, needOf, type Activity } from "./activity.ts"

export interface RestPorts {
  readonly activities: () => readonly Activity[]
  /** Finds out which pages are there still: one whose process ended said nothing. */
  readonly rollCall: () => Promise<void>
  readonly now: () => number
  readonly after: (ms: number, run: () => void) => () => void
  /** Has this document closed, and made again in `dueInMs` at the latest (null: when it is asked for). Resolves when that was not done. */
  readonly rest: (dueInMs: number | null) => Promise<void>
  readonly logError: (what: string, cause: unknown) => void
}

const LOOK_EVERY_MS = 5000
const ROLL_CALL_EVERY_MS = 300_000
/** From page to page of a service, and for somebody who comes right back, nothing is taken down. */
const LINGER_MS = 30_000

export class RestWatch {
  readonly #ports: RestPorts
  #idleSince: number | null = null
  #calledAt: number

  constructor(ports: RestPorts) {
    this.#ports = ports
    this.#calledAt = ports.now()
  }

  /** Looks now and from then on. */
  start(): void {
    this.#look()
      .catch((cause: unknown) => this.#ports.logError("rest", cause))
      .finally(() => {
        this.#ports.after(LOOK_EVERY_MS, () => this.start())
      })
  }

  async #look(): Promise<void> {
    const { activities, now, rest, rollCall } = this.#ports
    if (now() - this.#calledAt >= ROLL_CALL_EVERY_MS) {
      this.#calledAt = now()
      await rollCall()
    }
    const all = activities()
    if (all.some((activity) => needOf(activity) !== null)) {
      this.#idleSince = null
      return
    }
    this.#idleSince ??= now()
    if (now() - this.#idleSince < LINGER_MS) return
    this.#idleSince = null
    await rest(dueAfter(all))
  }
}
