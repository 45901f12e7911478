/**
 * Update instructions: one at a time, between switches, each answered with what runs then. Keeps SPEC rules CON-12, REL-4 (F71, F72).
 */
import { updateObstacle } from "../../shared/environment/obstacles.ts"
import type { Environment } from "../../shared/environment/readings.ts"
import type { ControlDown } from "../../shared/protocol/control-down.ts"
import type { ControlUp, ReleaseHealth } from "../../shared/protocol/control-up.ts"
import type { Outcome } from "../platform/client-platform.ts"
import type { ReleaseId } from "../../shared/protocol/names.ts"
import { refusalOf } from "./within.ts"

type Instruction = Extract<ControlDown, { type: "update" }>
type Updated = Extract<ControlUp, { type: "updated" }>

export interface UpdatePorts {
  readonly environment: () => Environment
  readonly running: () => ReleaseId | null
  readonly health: () => ReleaseHealth | null
  readonly update: (release: ReleaseId, digest: string | null) => Promise<Outcome>
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
  /** The one that was carried out last. */
  #last = "none"
  /** What this device could not be asked for when it was told. */
  #waiting: Instruction | null = null

  constructor(ports: UpdatePorts) {
    this.#ports = ports
  }

  get isBusy(): boolean {
    return this.#current !== null
  }

  /** Carries an instruction out; the same one again, while it is under way, is the same. */
  take(told: Instruction): void {
    const { instruction } = told
    if (this.#current === instruction) return
    this.#current = instruction
    this.#waiting = null
    this.#queue = this.#queue.then(async () => {
      const outcome = await this.#run(told)
      if (this.#current === instruction) this.#current = null
      this.#last = instruction
      this.#say(outcome)
    })
  }

  /** What stood in the way of the last instruction may be gone: then it is carried out after all, and answered again. */
  look(): void {
    if (this.#waiting !== null && updateObstacle(this.#ports.environment()) === null) this.take(this.#waiting)
  }

  /** The policy in force names a release: an update to another one is not wanted any more. */
  keepTo(release: ReleaseId | null): void {
    if (this.#waiting?.release !== release) this.#waiting = null
  }

  /** The release of the last instruction failed while it ran, and was left: that takes back what was said of it. */
  left(why: string): void {
    this.#say({ ok: false, refusal: refusalOf("release-failed", why) })
  }

  #say(outcome: Outcome): void {
    const { health, now, running, onUpdated } = this.#ports
    const [held, at] = [health(), now()]
    const whose = held === null ? {} : { health: held }
    const head = { type: "updated", instruction: this.#last, running: running(), ...whose, at } as const
    onUpdated(outcome.ok ? { ...head, ok: true } : { ...head, ok: false, refusal: outcome.refusal })
  }

  async #run(told: Instruction): Promise<Outcome> {
    const { release, digest } = told
    const refusal = updateObstacle(this.#ports.environment())
    if (refusal !== null) {
      this.#waiting = told
      return { ok: false, refusal }
    }
    try {
      await this.#ports.betweenSwitches()
      return await this.#ports.update(release, digest)
    } catch (cause) {
      return { ok: false, refusal: refusalOf("release-failed", cause) }
    }
  }
}
