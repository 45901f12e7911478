/**
 * A maintenance as a pure transition function. Each side that the request names is a part, in the request's order, and the
 * standing policies come back at the end:
 *
 *   server   taking -> closing -> waiting -> opening      clients serve while the server is away (patent's figs 7, 8)
 *   client   returning -> updating (wave by wave)         the server serves while clients update (figs 9, 15)
 *   end      restoring -> finished
 *
 *   abort    closing, waiting, and taking after a setback -> opening -> restoring; every other state -> restoring
 *   setback  a server that came back worse, before clients updated: -> taking, it is closed again and waits for the operator;
 *            once they have begun to update: abort
 *
 * The state is stored before its effects run, and the effects of a state are a function of it: after a restart they are run
 * again. Keeps SPEC rules MNT-5 (every state can be left by abort, and abort ends with the standing policies), MNT-6 (the
 * server is closed only between `closing` and `opening`), MNT-7, MNT-8 (a serial only rises), MNT-9, MNT-11 and MNT-13.
 */
import type { ReleaseId, Side } from "../protocol/names.ts"
import { unreachable } from "../protocol/unreachable.ts"
import type { MaintenanceRequest } from "./request.ts"

/** What is fixed for a whole maintenance. */
export interface Plan {
  readonly id: string
  readonly request: MaintenanceRequest
  /** The release that clients ran before. */
  readonly before: ReleaseId
  /** When it was asked for, ms. */
  readonly startedAt: number
}

/** Where a maintenance is. `since` is when it came there (ms), `serial` that of the policy or mode that belongs to it. */
export type Phase =
  /** Clients take over: acknowledgements of the temporary policy are awaited. */
  | { readonly state: "taking" }
  /** The documents' leases are called back. */
  | { readonly state: "closing" }
  /** Closed; the operator works on the server. May last for ever, survives everything. */
  | { readonly state: "waiting" }
  /** The documents are told that they may serve again. */
  | { readonly state: "opening" }
  /** Clients give back: their journals are pushed before they acknowledge. */
  | { readonly state: "returning" }
  /** Clients install the new release; `wave` counts from 0. */
  | { readonly state: "updating"; readonly wave: number }
  /** The standing policies are distributed again. */
  | { readonly state: "restoring" }
  | { readonly state: "finished" }

export type Maintenance = Phase & {
  readonly plan: Plan
  readonly since: number
  readonly serial: number
  /** Why it was aborted, null while it was not. */
  readonly aborted: string | null
  /** Why the server was closed again after it had come back, null while it was not. */
  readonly setback: string | null
}

export type MaintenanceEvent =
  /** Nobody is awaited any more for policy `serial`. */
  | { readonly type: "acknowledged"; readonly serial: number; readonly at: number }
  /** Every lease is in this mode now. */
  | { readonly type: "mode-set"; readonly mode: "open" | "closed"; readonly serial: number; readonly at: number }
  /** Nobody of a wave is awaited any more; `failed` members could not start the new release. */
  | { readonly type: "wave-done"; readonly wave: number; readonly failed: number; readonly at: number }
  | { readonly type: "resume"; readonly at: number }
  /** A version of the server says that it is ready. */
  | { readonly type: "ready"; readonly version: string; readonly at: number }
  /** The server came back worse than it was. */
  | { readonly type: "worse"; readonly reason: string; readonly at: number }
  | { readonly type: "abort"; readonly reason: string; readonly at: number }
  /** Time has passed: for deadlines. `carriedOut`: the effects of the present state have run. */
  | { readonly type: "tick"; readonly at: number; readonly carriedOut: boolean }

export type Effect =
  /** Put this client policy in force under `serial`, with this release. */
  | {
      readonly type: "distribute"
      readonly policy: "take" | "return" | "standing"
      readonly serial: number
      readonly release: ReleaseId
    }
  | { readonly type: "set-mode"; readonly mode: "open" | "closed"; readonly serial: number }
  /** Tell the clients of the first waves up to this one to update. */
  | { readonly type: "update"; readonly wave: number; readonly share: number }
  | { readonly type: "report" }

/** A serial above `serial` that also tells the time, so that one made after a loss of all state is still higher. */
export const risen = (serial: number, at: number): number => Math.max(serial + 1, Math.floor(at / 1000))

/** What each side's part consists of. */
const PARTS = {
  server: [{ state: "taking" }, { state: "closing" }, { state: "waiting" }, { state: "opening" }],
  client: [{ state: "returning" }, { state: "updating", wave: 0 }]
} as const satisfies Record<Side, readonly Phase[]>

/** The states of a maintenance that nothing disturbs, in their order. */
export const phasesOf = (order: readonly Side[]): readonly Phase[] => [
  ...order.flatMap((side): readonly Phase[] => PARTS[side]),
  { state: "restoring" },
  { state: "finished" }
]

/** A new maintenance. `serial` is the last one used for the service. */
export const begin = (plan: Plan, serial: number): Maintenance => ({
  ...(phasesOf(plan.request.order)[0] ?? { state: "restoring" }),
  plan,
  since: plan.startedAt,
  serial: risen(serial, plan.startedAt),
  aborted: null,
  setback: null
})

/** The state after an event; the same object when the event changes nothing here. */
export const transition = (maintenance: Maintenance, event: MaintenanceEvent): Maintenance => {
  switch (event.type) {
    case "acknowledged":
      return event.serial === maintenance.serial ? whenAcknowledged(maintenance, event.at) : maintenance
    case "mode-set":
      return whenModeSet(maintenance, event)
    case "wave-done":
      return whenWaveDone(maintenance, event)
    case "resume":
      return maintenance.state === "waiting" ? next(maintenance, event.at) : maintenance
    case "ready":
      return isReadyFor(maintenance, event.version) ? next(maintenance, event.at) : maintenance
    case "worse":
      return whenWorse(maintenance, event.reason, event.at)
    case "abort":
      return abort(maintenance, event.reason, event.at)
    case "tick":
      return whenLate(maintenance, event)
    default:
      return unreachable(event)
  }
}

/** What a state wants done when it is entered, and again after a restart. */
export const effectsOf = (maintenance: Maintenance): readonly Effect[] => {
  const { plan, serial } = maintenance
  switch (maintenance.state) {
    case "taking":
      return [{ type: "distribute", policy: "take", serial, release: releaseNow(maintenance) }]
    case "closing":
      return [{ type: "set-mode", mode: "closed", serial }]
    case "waiting":
      return []
    case "opening":
      return [{ type: "set-mode", mode: "open", serial }]
    case "returning":
      return [{ type: "distribute", policy: "return", serial, release: releaseNow(maintenance) }]
    case "updating":
      return [{ type: "update", wave: maintenance.wave, share: plan.request.waves[maintenance.wave] ?? 1 }]
    case "restoring":
      return [{ type: "distribute", policy: "standing", serial, release: releaseAfter(maintenance) }]
    case "finished":
      return [{ type: "report" }]
    default:
      return unreachable(maintenance)
  }
}

/** The release that clients should run once the maintenance is over. */
export const releaseAfter = ({ aborted, plan }: Maintenance): ReleaseId =>
  aborted === null && plan.request.order.includes("client") ? plan.request.release : plan.before

/** The release that clients run in a state in which they take over or give back: the new one once their part is done. */
const releaseNow = ({ plan, state }: Maintenance): ReleaseId =>
  state === "taking" && plan.request.order[0] === "client" ? plan.request.release : plan.before

/** When the present state is over at the latest, ms; null when it may last. */
export const deadlineOf = (maintenance: Maintenance): number | null => {
  switch (maintenance.state) {
    case "taking":
    case "returning":
    case "updating":
    case "restoring":
      return maintenance.since + maintenance.plan.request.deadline
    default:
      return null
  }
}

const enter = (maintenance: Maintenance, phase: Phase, at: number): Maintenance => {
  const { plan, aborted, setback, serial } = maintenance
  return {
    ...phase,
    plan,
    aborted,
    setback,
    since: at,
    serial: KEEPS_SERIAL.has(phase.state) ? serial : risen(serial, at)
  }
}

/** States that belong to the policy of the one before: a closed edge names the policy that closed it. */
const KEEPS_SERIAL: ReadonlySet<Phase["state"]> = new Set(["closing", "waiting", "updating", "finished"])

/** The state that follows when all goes well. */
const next = (maintenance: Maintenance, at: number): Maintenance => {
  if (maintenance.aborted !== null) return enter(maintenance, afterAbort(maintenance), at)
  const phases = phasesOf(maintenance.plan.request.order)
  const index = phases.findIndex(({ state }) => state === maintenance.state)
  return enter(maintenance, phases[index + 1] ?? { state: "finished" }, at)
}

const afterAbort = ({ state }: Maintenance): Phase => ({ state: state === "restoring" ? "finished" : "restoring" })

const whenAcknowledged = (maintenance: Maintenance, at: number): Maintenance => {
  switch (maintenance.state) {
    case "taking":
    case "returning":
    case "restoring":
      return next(maintenance, at)
    default:
      return maintenance
  }
}

const whenModeSet = (maintenance: Maintenance, event: Extract<MaintenanceEvent, { type: "mode-set" }>): Maintenance => {
  if (event.serial !== maintenance.serial) return maintenance
  const isDone =
    (maintenance.state === "closing" && event.mode === "closed") ||
    (maintenance.state === "opening" && event.mode === "open")
  return isDone ? next(maintenance, event.at) : maintenance
}

/** A version that came back worse once does not say again by itself that it is ready (MNT-18). */
const isReadyFor = ({ state, plan, setback }: Maintenance, version: string): boolean =>
  state === "waiting" && setback === null && plan.request.resume === version

const statesOf = ({ plan }: Maintenance): readonly string[] => phasesOf(plan.request.order).map(({ state }) => state)

/** Whether the server was away in this maintenance and serves again, so that how it does can be compared with before. */
export const hasComeBack = (maintenance: Maintenance): boolean => {
  const { state, aborted } = maintenance
  if (aborted !== null || state === "finished") return false
  const states = statesOf(maintenance)
  const opening = states.indexOf("opening")
  return opening >= 0 && states.indexOf(state) >= opening
}

/** Whether this is the state in which clients come back to a server that was away: the last one in which closing it again is all. */
export const isTrial = (maintenance: Maintenance): boolean => {
  const states = statesOf(maintenance)
  return hasComeBack(maintenance) && states[states.indexOf(maintenance.state) - 1] === "opening"
}

/** Clients that gave back already take over again; nobody is sent to a server that fails (MNT-13). */
const whenWorse = (maintenance: Maintenance, reason: string, at: number): Maintenance => {
  if (!hasComeBack(maintenance)) return maintenance
  if (maintenance.state !== "opening" && !isTrial(maintenance))
    return abort(maintenance, `the server came back worse: ${reason}`, at)
  return enter({ ...maintenance, setback: reason }, { state: "taking" }, at)
}

const whenWaveDone = (
  maintenance: Maintenance,
  event: Extract<MaintenanceEvent, { type: "wave-done" }>
): Maintenance => {
  if (maintenance.state !== "updating" || maintenance.wave !== event.wave) return maintenance
  if (event.failed > 0 && maintenance.plan.request.onDeadline === "abort")
    return abort(
      maintenance,
      `wave ${event.wave + 1}: ${event.failed} clients could not start the new release`,
      event.at
    )
  return nextWave(maintenance, maintenance.wave, event.at)
}

const nextWave = (maintenance: Maintenance, wave: number, at: number): Maintenance =>
  wave + 1 < maintenance.plan.request.waves.length
    ? enter(maintenance, { state: "updating", wave: wave + 1 }, at)
    : next(maintenance, at)

const abort = (maintenance: Maintenance, reason: string, at: number): Maintenance => {
  if (maintenance.state === "finished" || maintenance.aborted !== null) return maintenance
  const aborted = { ...maintenance, aborted: reason }
  switch (maintenance.state) {
    case "closing":
    case "waiting":
      return enter(aborted, { state: "opening" }, at)
    // After a setback the server may be closed still, or again.
    case "taking":
      return enter(aborted, { state: maintenance.setback === null ? "restoring" : "opening" }, at)
    // Opens already: goes on from there to the standing policies. Restoring: starts again with the old release.
    case "opening":
      return aborted
    default:
      return enter(aborted, { state: "restoring" }, at)
  }
}

/** Nothing goes on that was not begun: what was never distributed is not closed, and not counted as restored (MNT-12). */
const whenLate = (
  maintenance: Maintenance,
  { at, carriedOut }: Extract<MaintenanceEvent, { type: "tick" }>
): Maintenance => {
  const deadline = deadlineOf(maintenance)
  if (deadline === null || at < deadline) return maintenance
  const { onDeadline } = maintenance.plan.request
  const mayProceed = maintenance.state === "restoring" || onDeadline === "proceed"
  if (!mayProceed) return abort(maintenance, `${maintenance.state}: not everybody answered in time`, at)
  if (!carriedOut) return maintenance
  return maintenance.state === "updating"
    ? nextWave(maintenance, maintenance.wave, at)
    : whenAcknowledged(maintenance, at)
}
