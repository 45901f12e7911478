/**
 * Where the routes should be now, from policy and readings, and another try after a refusal. Keeps SPEC rules CON-10, CON-11, SWI-12,
 * POL-10, POL-13: giving back always syncs, so a client that reaches nobody keeps what it serves; what a closed server does not
 * answer is served here; a condition counts when it was met for its time.
 */
import type { Environment } from "../../shared/environment/readings.ts"
import type { ClientPolicy } from "../../shared/policy/client-policy.ts"
import { look, NO_MEMORY, type ConditionMemory, type Look } from "../../shared/policy/condition-memory.ts"
import type { ClientState } from "../../shared/policy/decide.ts"
import { wantedSides } from "../../shared/policy/sides.ts"
import type { Side } from "../../shared/protocol/names.ts"
import type { Refusal } from "../../shared/protocol/control-up.ts"
import { leavesClient, sameSides, type Sides } from "../../shared/switchover/routes.ts"
import type { Target } from "../../shared/switchover/transition.ts"
import type { SwitchDriver } from "./switch-driver.ts"

export interface TargetPorts {
  readonly driver: Pick<SwitchDriver, "aim" | "sides">
  readonly policy: () => ClientPolicy | null
  readonly environment: () => Environment
  /** The side that the person at this browser wished for; null: what the policy says. */
  readonly wish: () => Side | null
  /** This client's place between 0 and 1, for the server's shares. */
  readonly position: number
  /** The control socket is up; what the edge says on it may come before the network counts as online. */
  readonly isLinked: () => boolean
  readonly now: () => number
  readonly after: (ms: number, run: () => void) => () => void
}

const FIRST_RETRY_MS = 1000
const LONGEST_RETRY_MS = 30_000

export class TargetKeeper {
  readonly #ports: TargetPorts
  /** The server said that it is closed although the policy leads there; `none`: and a takeover with sync failed. */
  #closed: "no" | "both" | "none" = "no"
  #refusals = 0
  #stopRetry: (() => void) | null = null
  #memory: ConditionMemory = NO_MEMORY
  #holds: Look["holds"] | null = null
  #stopLook: (() => void) | null = null
  #aimedAt: Sides | null = null

  constructor(ports: TargetPorts) {
    this.#ports = ports
  }

  /** The sides that were last wanted are in force. */
  get isThere(): boolean {
    return this.#aimedAt !== null && sameSides(this.#aimedAt, this.#ports.driver.sides)
  }

  get isClosed(): boolean {
    return this.#closed !== "no"
  }

  /** The server is closed to this client, by no policy that it holds. */
  serverClosed(): void {
    if (this.#closed === "no") this.#closed = "both"
    this.evaluate()
  }

  /** A newer policy is in force. */
  policyChanged(): void {
    this.#closed = "no"
    this.#refusals = 0
    this.evaluate()
  }

  /** What the decision is made from, besides whether this client can serve. */
  get state(): Omit<ClientState, "cannotServe"> {
    const { environment, position, wish: wishNow } = this.#ports
    const wish = wishNow()
    const wished = wish === null ? {} : { wish }
    const state = { environment: environment(), closed: this.isClosed, position, ...wished }
    return this.#holds === null ? state : { ...state, holds: this.#holds }
  }

  /** Aims at what is wanted now. */
  evaluate(): void {
    const target = this.#wanted()
    if (target === null) return
    this.#clearRetry()
    this.#aim(target)
  }

  #wanted(): Target | null {
    const { driver, policy: policyNow, environment, isLinked } = this.#ports
    const policy = policyNow()
    if (policy === null) return null
    this.#lookAtConditions(policy)
    const { network } = environment()
    const isAway = network === "offline"
    if (network === "unknown" || (isAway && isLinked())) return null
    const sides = wantedSides(policy, { ...this.state, cannotServe: null })
    if (isAway && leavesClient(driver.sides, sides)) return null
    const sync = isAway || this.#closed === "none" || policy.syncs === false ? "none" : "both"
    return { serial: policy.serial, sides, sync }
  }

  #aim(target: Target): void {
    this.#aimedAt = target.sides
    this.#ports.driver.aim(target)
  }

  #lookAtConditions({ rules }: ClientPolicy): void {
    const { environment, now, after } = this.#ports
    const at = now()
    const { memory, holds, nextAt } = look(this.#memory, rules, environment(), at)
    this.#memory = memory
    this.#holds = holds
    this.#stopLook?.()
    this.#stopLook = nextAt === null ? null : after(Math.max(1, nextAt - at), () => this.#lookAgain())
  }

  /** Time has passed: what is wanted may be something else. A retry that is due for the same stays when it is. */
  #lookAgain(): void {
    this.#stopLook = null
    const target = this.#wanted()
    if (target === null || (this.#aimedAt !== null && sameSides(this.#aimedAt, target.sides))) return
    this.#clearRetry()
    this.#aim(target)
  }

  /** A switch was given up: another try later, or at once without the edge when the server is closed. */
  refused({ kind }: Refusal): void {
    this.#clearRetry()
    if (this.#closed === "both" && (kind === "network" || kind === "sync-failed" || kind === "timeout")) {
      this.#closed = "none"
      return this.evaluate()
    }
    const wait = Math.min(FIRST_RETRY_MS * 2 ** this.#refusals++, LONGEST_RETRY_MS)
    this.#stopRetry = this.#ports.after(wait, () => this.evaluate())
  }

  switched(): void {
    this.#refusals = 0
  }

  close(): void {
    this.#clearRetry()
    this.#stopLook?.()
    this.#stopLook = null
  }

  #clearRetry(): void {
    this.#stopRetry?.()
    this.#stopRetry = null
  }
}
