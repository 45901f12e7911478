/**
 * How a server does that was away for a maintenance, beside how it did before: counted from the documents' own counts. What was before is
 * stored, since the controller goes away with the server. Keeps SPEC rules MNT-13, MNT-17.
 */
import { cameBackWorse, type Answered } from "../../shared/maintenance/came-back-worse.ts"
import { hasComeBack, isTrial, type Maintenance } from "../../shared/maintenance/transition.ts"
import { TrafficBook } from "../environment/traffic-book.ts"
import type { RequestCount } from "../platform/objects.ts"
import type { Facts } from "./controller-tables.ts"

/** How long before the maintenance counts, and how long of what came after it, ms. */
const BEFORE_MS = 300_000
const AFTER_MS = 60_000
/** Clients are not updated before a server that people used has served again for so long, ms. */
export const TRIAL_MS = 5000

export interface TrialPorts {
  readonly facts: Facts
  readonly now: () => number
  /** The running maintenance, or the last one. */
  readonly maintenance: () => Maintenance | null
}

interface Before {
  readonly maintenance: string
  readonly answered: Answered
}

export class ReturnTrial {
  readonly #ports: TrialPorts
  readonly #usual = new TrafficBook(BEFORE_MS)
  #since = new TrafficBook(AFTER_MS)
  /** When the server was opened again, ms. */
  #openedAt = 0

  constructor(ports: TrialPorts) {
    this.#ports = ports
  }

  /** A maintenance was asked for: what was counted until now is what it is compared with. */
  begin(maintenance: string): void {
    const { facts, now } = this.#ports
    const before: Before = { maintenance, answered: this.#usual.answered(now()) }
    facts.write("before maintenance", before)
  }

  /** The server opens: from now on counts how it came back. */
  opened(): void {
    this.#openedAt = this.#ports.now()
    this.#since = new TrafficBook(AFTER_MS)
  }

  /** Takes what a document counted; says what is worse than before, null when nothing is. */
  count(count: Omit<RequestCount, "subjects">): string | null {
    const { now, maintenance: current } = this.#ports
    const [maintenance, at] = [current(), now()]
    // What was counted in part before the server opened says nothing of how it came back.
    if (maintenance === null || !hasComeBack(maintenance) || at - count.ms < this.#openedAt) {
      this.#usual.add(count, at)
      return null
    }
    this.#since.add(count, at)
    return cameBackWorse(this.#before(maintenance), this.#since.answered(at))
  }

  /** Whether clients have to wait for the trial of the server that they came back to. */
  isDue(maintenance: Maintenance): boolean {
    if (!isTrial(maintenance) || (this.#before(maintenance)?.requests ?? 0) === 0) return false
    const lasts = Math.min(TRIAL_MS, maintenance.plan.request.deadline / 2)
    return this.#ports.now() < maintenance.since + lasts
  }

  #before({ plan }: Maintenance): Answered | null {
    const before = this.#ports.facts.read<Before>("before maintenance")
    return before?.maintenance === plan.id ? before.answered : null
  }
}
