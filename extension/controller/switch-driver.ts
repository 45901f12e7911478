/**
 * Carries out what shared/switchover/transition decides: effects in their order, results back as events. Routes and stored sides
 * change one after the other, in one queue; prepare, sync and checkpoint run beside it and can be overtaken by the hold's end.
 * A crash between any two steps leaves the sides that are stored. Keeps SPEC rules SWI-1 to SWI-14, CON-7, CON-8 (F16).
 */
import type { Refusal } from "../../shared/protocol/control-up.ts"
import { unreachable } from "../../shared/protocol/unreachable.ts"
import { sameSides, settledRoutes, type RoutingTable, type Sides } from "../../shared/switchover/routes.ts"
import {
  currentSides,
  transition,
  type Settled,
  type SwitchEffect,
  type SwitchEvent,
  type SwitchState,
  type Target
} from "../../shared/switchover/transition.ts"
import type { Outcome } from "../platform/client-platform.ts"
import type { HoldFigures } from "../platform/service-router.ts"
import { refusalOf, within } from "./within.ts"

/** A switch that is complete. Times in ms. */
export interface SwitchReport extends HoldFigures {
  readonly serial: number
  readonly sides: Sides
  readonly tookMs: number
  /** False for a policy that moved nothing. */
  readonly isFlip: boolean
}

export interface DriverPorts {
  readonly place: Pick<RoutingTable, "service" | "origin" | "mount">
  readonly now: () => number
  readonly after: (ms: number, run: () => void) => () => void
  readonly nextEpoch: () => Promise<number>
  readonly apply: (table: RoutingTable) => Promise<HoldFigures>
  /** Before anything is held. */
  readonly rollCall: () => Promise<void>
  /** Gives what is still under way when that takes too long. */
  readonly drained: () => Promise<readonly string[]>
  readonly prepare: (target: Target, leavesClient: boolean) => Promise<Outcome>
  readonly sync: () => Promise<Outcome>
  readonly checkpoint: () => Promise<Outcome>
  readonly storeSides: (serial: number, sides: Sides) => Promise<void>
  readonly onSwitched: (report: SwitchReport) => void
  readonly onRefused: (serial: number, refusal: Refusal) => void
  readonly logError: (what: string, cause: unknown) => void
}

/** A release may have to be fetched first; nothing is held meanwhile. */
const PREPARE_LIMIT_MS = 60_000
/** Router and frames answer well within this, or never. */
const APPLY_LIMIT_MS = 4000
/** Back to the routes of before must succeed: it is tried until it does, at first soon. */
const RESTORE_PAUSE_MS = 200
const LONGEST_RESTORE_PAUSE_MS = 1000

const NO_FLIP = { held: 0, longestHoldMs: 0, isFlip: false }

export class SwitchDriver {
  readonly #ports: DriverPorts
  #state: SwitchState
  #table: RoutingTable
  #queue: Promise<void> = Promise.resolve()
  #queued = 0
  #stopHoldTimer: (() => void) | null = null
  #figures: HoldFigures & { readonly isFlip: boolean } = NO_FLIP
  #storeError: unknown = null
  #idle: (() => void)[] = []

  /** @param start what was stored: in force as soon as {@link enforce} is called */
  constructor(ports: DriverPorts, start: Settled) {
    this.#ports = ports
    this.#state = start
    this.#table = { ...ports.place, serial: start.serial, epoch: 0, routes: settledRoutes(start.sides) }
  }

  /** The table in force, or about to be. */
  get table(): RoutingTable {
    return this.#table
  }

  /** The sides that answer now, or answered until the hold began. */
  get sides(): Sides {
    return currentSides(this.#state)
  }

  /** The sides that the move under way leads to; null when none is. */
  get comingSides(): Sides | null {
    return this.#state.state === "settled" ? null : this.#state.move.sides
  }

  /** Serial of the policy whose switch is complete. */
  get settledSerial(): number {
    return this.#state.state === "settled" ? this.#state.serial : this.#state.move.fromSerial
  }

  /** Puts the stored sides in force, whatever a former life left there. */
  enforce(): void {
    const { serial, sides } = this.#settled()
    this.#enqueue(() => this.#restore(serial, settledRoutes(sides)))
  }

  /** Leads there, now or after the move that is under way; what is aimed at already changes nothing. */
  aim(target: Target): void {
    if (!this.#isAimedAt(target)) this.#dispatch({ type: "target", target, at: this.#ports.now() })
  }

  /** The edge is gone: a move that needs it is given up at once, and not when its time is over. */
  edgeLost(text: string): void {
    if (this.#state.state === "settled" || this.#state.move.sync === "none") return
    this.#fail(this.#state.move.attempt, { kind: "network", text })
  }

  /** No move is under way, and everything decided is in force. */
  get isIdle(): boolean {
    return this.#state.state === "settled" && this.#queued === 0
  }

  /** Resolves when {@link isIdle}. */
  idle(): Promise<void> {
    return this.isIdle ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve))
  }

  #settled(): Pick<Settled, "serial" | "sides"> {
    return { serial: this.settledSerial, sides: this.sides }
  }

  #isAimedAt({ serial, sides, sync }: Target): boolean {
    if (this.#state.state === "settled") return this.#state.serial === serial && sameSides(this.#state.sides, sides)
    const latest = this.#state.move.next ?? this.#state.move
    return latest.serial === serial && sameSides(latest.sides, sides) && latest.sync === sync
  }

  #dispatch(event: SwitchEvent): void {
    const step = transition(this.#state, event)
    this.#state = step.state
    for (const effect of step.effects) this.#execute(effect)
    this.#tellIdle()
  }

  #execute(effect: SwitchEffect): void {
    const { ports, attempt } = { ports: this.#ports, attempt: "attempt" in effect ? effect.attempt : 0 }
    switch (effect.type) {
      case "prepare":
        return this.#work(attempt, "prepared", () => this.#prepare(effect))
      case "sync":
        return this.#work(attempt, "synced", ports.sync)
      case "checkpoint":
        return this.#work(attempt, "checkpointed", ports.checkpoint)
      case "hold":
        return this.#enqueue(() => this.#hold(effect))
      case "flip":
        return this.#enqueue(() => this.#flip(effect))
      case "restore":
        return this.#enqueue(() => this.#restore(effect.serial, effect.routes))
      case "store-sides":
        return this.#enqueue(() => this.#store(effect.serial, effect.sides))
      case "start-hold-timer":
        this.#stopHoldTimer = ports.after(effect.ms, () =>
          this.#dispatch({ type: "hold-expired", attempt, at: ports.now() })
        )
        return
      case "stop-hold-timer":
        this.#stopHoldTimer?.()
        return
      case "acknowledge":
        return this.#enqueue(() => this.#acknowledge(effect))
      case "refuse":
        return this.#enqueue(() => Promise.resolve(ports.onRefused(effect.serial, effect.refusal)))
      default:
        return unreachable(effect)
    }
  }

  async #prepare({ target, leavesClient }: Extract<SwitchEffect, { type: "prepare" }>): Promise<Outcome> {
    const [outcome] = await Promise.all([this.#ports.prepare(target, leavesClient), this.#ports.rollCall()])
    return outcome
  }

  /** Runs beside the queue; its outcome is an event of this attempt. */
  #work(attempt: number, done: "prepared" | "synced" | "checkpointed", work: () => Promise<Outcome>): void {
    within(PREPARE_LIMIT_MS, this.#ports.after, done, work).then(
      (outcome) =>
        outcome.ok
          ? this.#dispatch({ type: done, attempt, at: this.#ports.now() })
          : this.#fail(attempt, outcome.refusal),
      (cause: unknown) => this.#fail(attempt, refusalOf("sync-failed", cause))
    )
  }

  #fail(attempt: number, refusal: Refusal): void {
    this.#dispatch({ type: "failed", attempt, refusal, at: this.#ports.now() })
  }

  async #hold({ attempt, serial, routes }: Extract<SwitchEffect, { type: "hold" }>): Promise<void> {
    try {
      await this.#put(serial, routes)
    } catch (cause) {
      return this.#fail(attempt, refusalOf("routes", cause))
    }
    // SWI-12: what is at a server that cannot be reached is not waited for.
    if (this.#state.state === "draining" && this.#state.move.sync === "none") return this.#drained(attempt, [])
    // Not awaited: the end of the hold must not wait behind it.
    this.#ports.drained().then(
      (left) => this.#drained(attempt, left),
      (cause: unknown) => this.#fail(attempt, refusalOf("routes", cause))
    )
  }

  #drained(attempt: number, left: readonly string[]): void {
    if (left.length === 0) return this.#dispatch({ type: "drained", attempt, at: this.#ports.now() })
    this.#fail(attempt, { kind: "timeout", text: `writes do not end: ${left.join(", ")}`.slice(0, 2000) })
  }

  async #flip({ attempt, serial, routes }: Extract<SwitchEffect, { type: "flip" }>): Promise<void> {
    const at = (): number => this.#ports.now()
    try {
      if (this.#storeError !== null) throw this.#storeError
      this.#figures = { ...(await this.#put(serial, routes)), isFlip: true }
      this.#dispatch({ type: "flipped", attempt, at: at() })
    } catch (cause) {
      this.#dispatch({ type: "not-flipped", attempt, refusal: refusalOf("routes", cause), at: at() })
    }
  }

  async #store(serial: number, sides: Sides): Promise<void> {
    this.#storeError = null
    try {
      await this.#ports.storeSides(serial, sides)
    } catch (cause) {
      this.#storeError = cause
      this.#ports.logError(`the sides of policy ${serial} could not be stored`, cause)
    }
  }

  async #restore(serial: number, routes: RoutingTable["routes"]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#put(serial, routes)
        return
      } catch (cause) {
        this.#ports.logError(`routes of policy ${serial}, attempt ${attempt}`, cause)
        const pause = Math.min(attempt * RESTORE_PAUSE_MS, LONGEST_RESTORE_PAUSE_MS)
        await new Promise<void>((resolve) => this.#ports.after(pause, resolve))
      }
    }
  }

  async #put(serial: number, routes: RoutingTable["routes"]): Promise<HoldFigures> {
    const before = this.#table
    const table = { ...this.#ports.place, serial, epoch: await this.#ports.nextEpoch(), routes: [...routes] }
    this.#table = table
    try {
      return await within(APPLY_LIMIT_MS, this.#ports.after, "the routes", () => this.#ports.apply(table))
    } catch (cause) {
      this.#table = before
      throw cause
    }
  }

  #acknowledge({ serial, sides, tookMs }: Extract<SwitchEffect, { type: "acknowledge" }>): Promise<void> {
    const figures = this.#figures
    this.#figures = NO_FLIP
    this.#ports.onSwitched({ serial, sides, tookMs, ...figures })
    return Promise.resolve()
  }

  #enqueue(work: () => Promise<void>): void {
    this.#queued++
    this.#queue = this.#queue.then(work).then(
      () => this.#done(),
      (cause: unknown) => {
        this.#ports.logError("switchover", cause)
        this.#done()
      }
    )
  }

  #done(): void {
    this.#queued--
    this.#tellIdle()
  }

  #tellIdle(): void {
    if (this.isIdle) for (const resolve of this.#idle.splice(0)) resolve()
  }
}
