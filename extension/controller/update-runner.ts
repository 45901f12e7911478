/**
 * Update instructions: one at a time, between switches, each answered with what runs then. Keeps SPEC rules CON-12, REL-4 (F71, F72).
 */
import { updateObstacle } from "../../shared/environment/obstacles.ts"
import type { Environment } from "../../shared/environment/readings.ts"
import type { ControlDown } from "../../shared/protocol/control-down.ts"
import type { ControlUp } from "../../shared/protocol/control-up.ts"
import type { Outcome } from "../platform/client-platform.ts"
import type { ReleaseId } from "../../shared/protocol/names.ts"
import { refusalOf } from "./within.ts"

type Instruction = Extract<ControlDown, { type: "update" }>
type Updated = Extract<ControlUp, { type: "updated" }>

export interface UpdatePorts {
  readonly environment: () => Environment
  readonly running: () => ReleaseId | null
  readonly update: (release: ReleaseId) => Promise<Outcome>
  /** Resolves when no switch is under way. */
  readonly betweenSwitches: () => Promise<void>
  readonly now: () => number
  readonly onUpdated: (message: Updated) => void
}

export class UpdateRunner {
  readonly #ports: UpdatePorts
  #queue: Promise<void> = Promise.resolve()
  /** The instruction that is being carried out. */
  #current: string | null = null

  constructor(ports: UpdatePorts) {
    this.#ports = ports
  }

  get isBusy(): boolean {
    return this.#current !== null
  }

  /** Carries an instruction out; the same one again, while it is under way, is the same. */
  take({ instruction, release }: Instruction): void {
    if (this.#current === instruction) return
    this.#current = instruction
    this.#queue = this.#queue.then(async () => {
      const outcome = await this.#run(release)
      if (this.#current === instruction) this.#current = null
      const { now, running, onUpdated } = this.#ports
      const head = { type: "updated", instruction, running: running(), at: now() } as const
      onUpdated(outcome.ok ? { ...head, ok: true } : { ...head, ok: false, refusal: outcome.refusal })
    })
  }

  async #run(release: ReleaseId): Promise<Outcome> {
    const refusal = updateObstacle(this.#ports.environment())
    if (refusal !== null) return { ok: false, refusal }
    try {
      await this.#ports.betweenSwitches()
      return await this.#ports.update(release)
    } catch (cause) {
      return { ok: false, refusal: refusalOf("release-failed", cause) }
    }
  }
}
