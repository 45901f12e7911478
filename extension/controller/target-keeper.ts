/**
 * Where the routes should be now, from policy and readings, and another try after a refusal. Keeps SPEC rules CON-10, CON-11, SWI-12:
 * giving back always syncs, so a client that reaches nobody keeps what it serves; a closed server counts as one that does not serve.
 */
import type { Environment } from "../../shared/environment/readings.ts"
import type { ClientPolicy } from "../../shared/policy/client-policy.ts"
import { wantedSides } from "../../shared/policy/sides.ts"
import type { Refusal } from "../../shared/protocol/control-up.ts"
import { leavesClient } from "../../shared/switchover/routes.ts"
import type { SwitchDriver } from "./switch-driver.ts"

export interface TargetPorts {
  readonly driver: Pick<SwitchDriver, "aim" | "sides">
  readonly policy: () => ClientPolicy | null
  readonly environment: () => Environment
  /** This client's place between 0 and 1, for the server's shares. */
  readonly position: number
  /** The control socket is up; what the edge says on it may come before the network counts as online. */
  readonly isLinked: () => boolean
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

  constructor(ports: TargetPorts) {
    this.#ports = ports
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

  /** Aims at what is wanted now. */
  evaluate(): void {
    const { driver, policy: policyNow, environment: environmentNow, isLinked, position } = this.#ports
    const policy = policyNow()
    const environment = environmentNow()
    if (policy === null || environment.network === "unknown") return
    const isAway = environment.network === "offline"
    if (isAway && isLinked()) return
    const sides = wantedSides(policy, { environment, cannotServe: null, closed: this.isClosed, position })
    if (isAway && leavesClient(driver.sides, sides)) return
    this.#clearRetry()
    driver.aim({
      serial: policy.serial,
      sides,
      sync: isAway || this.#closed === "none" || policy.syncs === false ? "none" : "both"
    })
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
  }

  #clearRetry(): void {
    this.#stopRetry?.()
    this.#stopRetry = null
  }
}
