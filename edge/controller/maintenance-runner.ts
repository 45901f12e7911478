/**
 * Drives one service's maintenance: event -> pure transition -> stored -> effects -> events. Keeps SPEC rules CTL-7 (stored
 * before its effects run), CTL-8 (after a restart the effects of the stored state run again, F11), CTL-9 (one maintenance at
 * a time, F12) and MNT-19.
 */
import {
  begin,
  deadlineOf,
  effectsOf,
  transition,
  type Effect,
  type Maintenance,
  type MaintenanceEvent
} from "../../shared/maintenance/transition.ts"
import type { MaintenanceRequest } from "../../shared/maintenance/request.ts"
import { thresholdOf } from "../../shared/maintenance/waves.ts"
import type { Parsed } from "../../shared/protocol/parse.ts"
import type { ReleaseId } from "../../shared/protocol/names.ts"
import { stepText } from "../../shared/maintenance/step-words.ts"
import { unreachable } from "../../shared/protocol/unreachable.ts"
import type { ModeState } from "../platform/objects.ts"
import type { ClientRow, ClientTable, Wait, Wave } from "./client-table.ts"
import type { Facts } from "./controller-tables.ts"
import type { MaintenanceBook } from "./maintenance-book.ts"
import type { Timeline } from "./timeline.ts"

/** How often a state that waits for others is looked at again: for deadlines, clients that went away, lost effects. */
const TICK_MS = 2000

/** What the effects are done with. All of them may be called again for the same state. */
export interface RunnerPorts {
  readonly facts: Facts
  readonly clients: ClientTable
  readonly book: MaintenanceBook
  readonly timeline: Timeline
  readonly now: () => number
  readonly newId: () => string
  /** Whether a server that came back is to be watched for longer before clients are updated. */
  readonly isOnTrial: (maintenance: Maintenance) => boolean
  /** The version of the app that this deployment serves. */
  readonly version: () => string
  /** Puts a policy in force and hands it to every shard; rejects when a shard could not be reached. */
  readonly distribute: (effect: Extract<Effect, { type: "distribute" }>, maintenance: Maintenance) => Promise<void>
  /** Puts a mode in force everywhere; resolves when it holds. */
  readonly setMode: (state: ModeState) => Promise<void>
  /** Tells clients up to `threshold` to run `release`. */
  readonly update: (instruction: string, release: ReleaseId, threshold: number) => Promise<void>
  /** Asks to be woken at a time, ms; null for never. */
  readonly wakeAt: (at: number | null) => Promise<void>
  /** Lets work go on after the call that began it was answered. */
  readonly inBackground: (work: Promise<void>) => void
  readonly logProblem: (what: string, cause: unknown) => void
}

export class MaintenanceRunner {
  readonly #ports: RunnerPorts
  #current: Maintenance | null
  /** The state whose effects run, or have run. */
  #running: Maintenance | null = null
  /** The effects of `#running` were carried out: what they wait for can be counted. */
  #isDone = false

  constructor(ports: RunnerPorts) {
    this.#ports = ports
    this.#current = ports.facts.read<Maintenance>("maintenance")
    if (this.#current !== null && this.#current.state !== "finished") ports.inBackground(this.#runEffects())
  }

  /** The running maintenance, or the last one. */
  get current(): Maintenance | null {
    return this.#current
  }

  get isActive(): boolean {
    return this.#current !== null && this.#current.state !== "finished"
  }

  start(request: MaintenanceRequest, before: ReleaseId, serial: number): Maintenance {
    const { newId, now } = this.#ports
    const maintenance = begin({ id: newId(), request, before, startedAt: now() }, serial)
    this.#enter(maintenance, `${request.urls.join(" ")}: ${sentence(maintenance)}`)
    return maintenance
  }

  /** Tells the operator's wish; an error says why it does not fit the state. */
  ask(
    id: string,
    wish: { readonly type: "resume" } | { readonly type: "abort"; readonly reason: string }
  ): Parsed<Maintenance> {
    const maintenance = this.#current
    if (maintenance === null || maintenance.plan.id !== id) return { ok: false, error: `there is no maintenance ${id}` }
    if (wish.type === "resume" && maintenance.state !== "waiting")
      return { ok: false, error: `maintenance ${id} is ${maintenance.state}; it can be resumed while it is waiting` }
    if (wish.type === "abort" && (maintenance.state === "finished" || maintenance.aborted !== null))
      return { ok: false, error: `maintenance ${id} is ${maintenance.aborted === null ? "finished" : "being aborted"}` }
    this.#dispatch({ ...wish, at: this.#ports.now() })
    return { ok: true, value: this.#current ?? maintenance }
  }

  /** The server answers worse than before; true when something follows from that. */
  cameBackWorse(reason: string): boolean {
    const before = this.#current
    this.#dispatch({ type: "worse", reason, at: this.#ports.now() })
    return this.#current !== before
  }

  /** Called when the alarm rings: a look at deadlines, and effects that were lost. */
  wake(): void {
    if (!this.isActive) return
    const at = this.#ports.now()
    this.#dispatch({ type: "tick", at, carriedOut: this.#isDone && this.#running === this.#current })
    this.#dispatch({ type: "ready", version: this.#ports.version(), at })
    if (this.#isDone) this.look()
    else if (this.#running === null) this.#ports.inBackground(this.#runEffects())
    if (this.isActive) this.#ports.inBackground(this.#setAlarm())
  }

  /** Counts who is still awaited; called whenever clients said something. */
  look(): void {
    const maintenance = this.#current
    if (maintenance === null || maintenance !== this.#running || !this.#isDone) return
    const { clients, isOnTrial, now } = this.#ports
    if (isOnTrial(maintenance)) return
    const wait: Wait = { since: maintenance.since, startedAt: maintenance.plan.startedAt, now: now() }
    switch (maintenance.state) {
      case "taking":
      case "returning":
      case "restoring":
        if (!clients.isAwaited(maintenance.serial, wait))
          this.#dispatch({ type: "acknowledged", serial: maintenance.serial, at: now() })
        return
      case "updating": {
        const wave = this.#wave(maintenance)
        if (clients.isWaveAwaited(wave, wait)) return
        const failed = clients.failedIn(wave, wait.startedAt)
        return this.#dispatch({ type: "wave-done", wave: maintenance.wave, failed, at: now() })
      }
      default:
    }
  }

  #dispatch(event: MaintenanceEvent): void {
    const before = this.#current
    if (before === null) return
    const after = transition(before, event)
    if (after === before) return
    // Whoever breaks a state off goes on without nobody.
    if (event.type !== "abort" && event.type !== "worse") this.#recordUnanswered(before, event.at)
    this.#enter(after, sentence(after))
  }

  /** A state goes on without some clients: the record names them (MNT-19). */
  #recordUnanswered(maintenance: Maintenance, at: number): void {
    const { timeline } = this.#ports
    for (const { client, connected, seen } of this.#unanswered(maintenance)) {
      const detail = JSON.stringify({ state: maintenance.state, connected: connected === 1, seen })
      timeline.addClient(maintenance.plan.id, { at, client, what: "unanswered", detail })
    }
  }

  #unanswered(maintenance: Maintenance): readonly ClientRow[] {
    const { clients } = this.#ports
    const { startedAt } = maintenance.plan
    switch (maintenance.state) {
      case "taking":
      case "returning":
      case "restoring":
        return clients.unanswered(maintenance.serial, startedAt)
      case "updating":
        return clients.unansweredIn(this.#wave(maintenance), startedAt)
      default:
        return []
    }
  }

  /** Stores first, announces after, then acts. */
  #enter(maintenance: Maintenance, text: string): void {
    const { facts, book, timeline, inBackground } = this.#ports
    facts.write("maintenance", maintenance)
    book.put(maintenance)
    this.#current = maintenance
    timeline.add(maintenance.plan.id, maintenance.since, maintenance.state, text)
    inBackground(this.#runEffects())
  }

  async #runEffects(): Promise<void> {
    const maintenance = this.#current
    if (maintenance === null) return
    this.#running = maintenance
    this.#isDone = false
    try {
      await this.#setAlarm()
      for (const effect of effectsOf(maintenance)) await this.#run(effect, maintenance)
    } catch (cause) {
      this.#ports.logProblem(
        `maintenance ${maintenance.plan.id}, ${maintenance.state}: tried again in ${TICK_MS} ms`,
        cause
      )
      if (this.#running === maintenance) this.#running = null
      return
    }
    if (this.#running !== maintenance) return
    this.#isDone = true
    this.look()
  }

  async #run(effect: Effect, maintenance: Maintenance): Promise<void> {
    const { distribute, setMode, update, now } = this.#ports
    switch (effect.type) {
      case "distribute":
        return distribute(effect, maintenance)
      case "set-mode":
        await setMode({ mode: effect.mode, serial: effect.serial, ...partOf(effect, maintenance) })
        this.#dispatch({ type: "mode-set", mode: effect.mode, serial: effect.serial, at: now() })
        return
      case "update":
        return update(maintenance.plan.id, maintenance.plan.request.release, this.#threshold(maintenance))
      case "report":
        return
      default:
        unreachable(effect)
    }
  }

  #wave(maintenance: Maintenance): Wave {
    const { id, request } = maintenance.plan
    return { threshold: this.#threshold(maintenance), release: request.release, instruction: id }
  }

  /** Fixed when a wave begins: who joins later belongs to it by position only. */
  #threshold(maintenance: Extract<Maintenance, { state: "updating" }> | Maintenance): number {
    if (maintenance.state !== "updating") return 1
    const { facts, clients } = this.#ports
    const name = `threshold ${maintenance.plan.id} ${maintenance.wave}`
    const known = facts.read<number>(name)
    if (known !== null) return known
    const ids = clients.all().flatMap((row) => (row.running === null ? [] : [row.client]))
    const threshold = thresholdOf(ids, maintenance.plan.request.waves[maintenance.wave] ?? 1)
    facts.write(name, threshold)
    return threshold
  }

  #setAlarm(): Promise<void> {
    const { now, wakeAt } = this.#ports
    const maintenance = this.#current
    const isOver = maintenance === null || maintenance.state === "finished"
    if (isOver || (maintenance.state === "waiting" && maintenance.plan.request.resume === "manual")) return wakeAt(null)
    return wakeAt(Math.min(now() + TICK_MS, deadlineOf(maintenance) ?? Number.POSITIVE_INFINITY))
  }
}

/** Which part of the service is closed: what the maintenance moves. */
const partOf = (
  { mode }: Extract<Effect, { type: "set-mode" }>,
  { plan }: Maintenance
): { readonly urls?: readonly string[] } => (mode === "closed" ? { urls: plan.request.urls } : {})

/** What a step means, for people; why it was aborted is told once, at the end. */
const sentence = (maintenance: Maintenance): string => {
  const { aborted, setback, plan, state } = maintenance
  if (state === "finished" && aborted !== null) return `aborted: ${aborted}`
  const why = aborted === null ? setback && `the server came back worse: ${setback}` : "aborted"
  const text = stepText(state, plan.request, state === "updating" ? maintenance.wave : null)
  return why === null ? text : `${text} (${why})`
}
