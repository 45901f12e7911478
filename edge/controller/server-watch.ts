/**
 * The server's readings of one service and what its server policy says of them: counts and reports come in, a verdict goes out when it
 * changed. What conditions remember is stored, so that a restart of the controller neither forgets a load nor gives back too
 * early. Keeps SPEC rules POL-10, POL-12, POL-15, ENV-7 to ENV-9.
 */
import { UNKNOWN_ENVIRONMENT, type Environment } from "../../shared/environment/readings.ts"
import { loadOf, type Capacity, type ReportedLoad, type Traffic } from "../../shared/environment/server-load.ts"
import { look, NO_MEMORY, type ConditionMemory } from "../../shared/policy/condition-memory.ts"
import type { ServerPolicy } from "../../shared/policy/server-policy.ts"
import { sameVerdict, verdictOf, type VerdictInForce } from "../../shared/policy/server-verdict.ts"
import type { RequestCount } from "../platform/objects.ts"
import { TrafficBook } from "../environment/traffic-book.ts"
import type { Facts } from "./controller-tables.ts"

export interface WatchPorts {
  readonly facts: Facts
  readonly now: () => number
  /** The standing server policy, null when the operator wrote none. */
  readonly policy: () => ServerPolicy | null
  readonly capacity: () => Capacity | null
  /** Another verdict holds: clients are to be told. */
  readonly onVerdict: () => void
  /** Asks to be looked at again at a time, ms; null for never. */
  readonly wakeAt: (at: number | null) => void
}

/** The server's readings, for operators. */
export interface ServerReadings {
  readonly traffic: Traffic | null
  readonly capacity: Capacity | null
  readonly reported: ReportedLoad | null
  readonly load: number | null
}

export class ServerWatch {
  readonly #ports: WatchPorts
  readonly #traffic = new TrafficBook()

  constructor(ports: WatchPorts) {
    this.#ports = ports
  }

  /** What the server policy says now, null without one. */
  get verdict(): VerdictInForce | null {
    return this.#ports.policy() === null ? null : this.#ports.facts.read<VerdictInForce>("verdict")
  }

  get readings(): ServerReadings {
    const { facts, now, capacity } = this.#ports
    const traffic = this.#traffic.traffic(now())
    const reported = facts.read<ReportedLoad>("reported load")
    return { traffic, capacity: capacity(), reported, load: loadOf(traffic, capacity(), reported, now()) }
  }

  /** A document counted its requests. */
  count(count: Omit<RequestCount, "subjects">): void {
    this.#traffic.add(count, this.#ports.now())
    this.look()
  }

  /** Somebody outside measured the load. */
  report(reported: ReportedLoad): void {
    this.#ports.facts.write("reported load", reported)
    this.look()
  }

  /** Looks at the conditions of the policy; called when a reading came, when a time was over, when the policy changed. */
  look(): void {
    const { facts, now, policy: policyNow, onVerdict, wakeAt } = this.#ports
    const policy = policyNow()
    if (policy === null) return wakeAt(null)
    const at = now()
    const environment: Environment = { ...UNKNOWN_ENVIRONMENT, network: "online", load: this.readings.load }
    const found = look(facts.read<ConditionMemory>("conditions") ?? NO_MEMORY, policy.rules, environment, at)
    facts.write("conditions", found.memory)
    wakeAt(found.nextAt)
    const before = this.verdict
    const verdict = verdictOf(policy, found, environment, before, at)
    if (sameVerdict(before?.verdict ?? null, verdict)) return
    facts.write("verdict", { verdict, since: at } satisfies VerdictInForce)
    onVerdict()
  }
}
