/**
 * A client's switchover as a pure transition: (state, event) -> (state, effects). Used by the client controller and by
 * the simulations. Keeps SPEC rules SWI-1 to SWI-12.
 *
 *            target            prepared         drained        synced            checkpointed          flipped
 *   settled ───────> preparing ───────> draining ─────> syncing ─────> checkpointing ───────> flipping ───────> settled
 *      ^                 │ nothing held │    requests for the moving patterns are held    │  stored, then routes  │
 *      └── failed ───────┴──────────────┴── failed or hold-expired: back to `from` ───────┘  (back: not-flipped)  │
 *      └─────────────────────────────────────────────────────────────────────────────────────────────────────────┘
 *
 * Invariants: a pattern's requests begin on one side at a time, while held on none, and no write is under way when they begin on the other; the new sides are stored before any route
 * leads there; a move ends in `settled` on one side or the other; the newest target is never forgotten.
 */
import type { Refusal } from "../protocol/control-up.ts"
import { unreachable } from "../protocol/unreachable.ts"
import { heldRoutes, leavesClient, sameSides, settledRoutes, type RoutingTable, type Sides } from "./routes.ts"

/** Longest time that requests are held, ms; then everything goes back to the side that it came from (DESIGN 4). */
export const HOLD_LIMIT_MS = 5000

/** Where a policy, the environment, or the operator wants the routes to be. */
export interface Target {
  readonly serial: number
  readonly sides: Sides
  /** `both`: push and catch up with the edge first. `none`: the edge cannot be reached, take over with what is here (P22). */
  readonly sync: "both" | "none"
}

/** A switch that is under way. Times in ms. */
export interface Move extends Target {
  /** Counts moves; results of an older move are ignored. */
  readonly attempt: number
  readonly from: Sides
  readonly fromSerial: number
  readonly startedAt: number
  /** When holding began, 0 before. */
  readonly heldAt: number
  /** The newest target that came meanwhile. */
  readonly next: Target | null
}

export interface Settled {
  readonly state: "settled"
  readonly attempt: number
  readonly serial: number
  readonly sides: Sides
}

export type SwitchState =
  | Settled
  | { readonly state: "preparing"; readonly move: Move }
  | { readonly state: "draining"; readonly move: Move }
  | { readonly state: "syncing"; readonly move: Move }
  | { readonly state: "checkpointing"; readonly move: Move }
  | { readonly state: "flipping"; readonly move: Move }

export type SwitchEvent =
  | { readonly type: "target"; readonly target: Target; readonly at: number }
  | {
      readonly type: "prepared" | "drained" | "synced" | "checkpointed" | "flipped"
      readonly attempt: number
      readonly at: number
    }
  | { readonly type: "failed"; readonly attempt: number; readonly refusal: Refusal; readonly at: number }
  /** The new sides could not be stored, or no route led there: the table before is still in force everywhere (F16, F39). */
  | { readonly type: "not-flipped"; readonly attempt: number; readonly refusal: Refusal; readonly at: number }
  | { readonly type: "hold-expired"; readonly attempt: number; readonly at: number }

export type SwitchEffect =
  /** Before anything is held: session, release and documents ready; first push and catch-up. Answer: prepared or failed. */
  | { readonly type: "prepare"; readonly attempt: number; readonly target: Target; readonly leavesClient: boolean }
  /** Put these routes in force and wait for writes in flight on the moving patterns. Answer: drained or failed. */
  | {
      readonly type: "hold"
      readonly attempt: number
      readonly serial: number
      readonly routes: RoutingTable["routes"]
    }
  | { readonly type: "start-hold-timer"; readonly attempt: number; readonly ms: number }
  | { readonly type: "stop-hold-timer"; readonly attempt: number }
  /** Push the journal through the barrier and catch up with the edge's state as of now. Answer: synced or failed. */
  | { readonly type: "sync"; readonly attempt: number }
  /** Store every replica strictly. Answer: checkpointed or failed. */
  | { readonly type: "checkpoint"; readonly attempt: number }
  /** Store the sides; everything after it may rely on them after a crash. */
  | { readonly type: "store-sides"; readonly serial: number; readonly sides: Sides }
  /** Put the routes in force, then let go what was held. Answer: flipped when every live frame has them. */
  | {
      readonly type: "flip"
      readonly attempt: number
      readonly serial: number
      readonly routes: RoutingTable["routes"]
    }
  /** Back to the routes of before, and let go what was held. No answer. */
  | { readonly type: "restore"; readonly serial: number; readonly routes: RoutingTable["routes"] }
  | {
      readonly type: "acknowledge"
      readonly serial: number
      readonly sides: Sides
      readonly tookMs: number
      readonly holdMs: number
    }
  | { readonly type: "refuse"; readonly serial: number; readonly refusal: Refusal }

export interface Step {
  readonly state: SwitchState
  readonly effects: readonly SwitchEffect[]
}

/** The state of a client that has never switched: everything is the server's. */
export const initialSwitchState = (serial = 0, sides: Sides = []): Settled => ({
  state: "settled",
  attempt: 0,
  serial,
  sides
})

/** The sides that answer now, or answered until the hold began. */
export const currentSides = (state: SwitchState): Sides => (state.state === "settled" ? state.sides : state.move.from)

/** What a state and an event lead to. Events of another attempt, or that do not fit the state, change nothing (SWI-9). */
export const transition = (state: SwitchState, event: SwitchEvent): Step => {
  if (event.type === "target") return onTarget(state, event.target, event.at)
  if (state.state === "settled" || event.attempt !== state.move.attempt) return { state, effects: [] }
  switch (event.type) {
    case "failed":
      return giveUp(state, event.refusal, event.at)
    case "not-flipped":
      return state.state === "flipping" ? takeBack(state.move, event.refusal, event.at) : ignore(state)
    case "hold-expired":
      return onHoldExpired(state, event.at)
    case "prepared":
      return state.state === "preparing" ? hold(state.move, event.at) : ignore(state)
    case "drained":
      return state.state === "draining" ? drained(state.move) : ignore(state)
    case "synced":
      return state.state === "syncing" ? checkpoint(state.move) : ignore(state)
    case "checkpointed":
      return state.state === "checkpointing" ? flip(state.move) : ignore(state)
    case "flipped":
      return state.state === "flipping" ? settle(state.move, event.at) : ignore(state)
    default:
      return unreachable(event)
  }
}

const ignore = (state: SwitchState): Step => ({ state, effects: [] })

const onTarget = (state: SwitchState, target: Target, at: number): Step => {
  if (state.state === "settled") return start(state, target, at)
  if (target.serial < state.move.serial) return ignore(state)
  return { state: { ...state, move: { ...state.move, next: target } }, effects: [] }
}

const start = (settled: Settled, target: Target, at: number): Step => {
  if (target.serial < settled.serial) return ignore(settled)
  if (sameSides(settled.sides, target.sides)) return adopt(settled, target)
  const move: Move = {
    ...target,
    attempt: settled.attempt + 1,
    from: settled.sides,
    fromSerial: settled.serial,
    startedAt: at,
    heldAt: 0,
    next: null
  }
  const effect = {
    type: "prepare",
    attempt: move.attempt,
    target,
    leavesClient: leavesClient(settled.sides, target.sides)
  } as const
  return { state: { state: "preparing", move }, effects: [effect] }
}

/** A newer policy that moves nothing: stored, put in force, acknowledged at once. */
const adopt = (settled: Settled, target: Target): Step => {
  const state: Settled = { ...settled, serial: target.serial, sides: target.sides }
  return {
    state,
    effects: [
      { type: "store-sides", serial: target.serial, sides: target.sides },
      { type: "restore", serial: target.serial, routes: settledRoutes(target.sides) },
      { type: "acknowledge", serial: target.serial, sides: target.sides, tookMs: 0, holdMs: 0 }
    ]
  }
}

const hold = (move: Move, at: number): Step => {
  const held: Move = { ...move, heldAt: at }
  const { attempt, serial } = held
  return {
    state: { state: "draining", move: held },
    effects: [
      { type: "hold", attempt, serial, routes: heldRoutes(held.from, held.sides) },
      { type: "start-hold-timer", attempt, ms: HOLD_LIMIT_MS }
    ]
  }
}

const drained = (move: Move): Step =>
  move.sync === "both"
    ? { state: { state: "syncing", move }, effects: [{ type: "sync", attempt: move.attempt }] }
    : checkpoint(move)

const checkpoint = (move: Move): Step => ({
  state: { state: "checkpointing", move },
  effects: [{ type: "checkpoint", attempt: move.attempt }]
})

const flip = (move: Move): Step => ({
  state: { state: "flipping", move },
  effects: [
    { type: "stop-hold-timer", attempt: move.attempt },
    { type: "store-sides", serial: move.serial, sides: move.sides },
    { type: "flip", attempt: move.attempt, serial: move.serial, routes: settledRoutes(move.sides) }
  ]
})

const settle = (move: Move, at: number): Step => {
  const settled: Settled = { state: "settled", attempt: move.attempt, serial: move.serial, sides: move.sides }
  const acknowledge: SwitchEffect = {
    type: "acknowledge",
    serial: move.serial,
    sides: move.sides,
    tookMs: at - move.startedAt,
    holdMs: at - move.heldAt
  }
  return proceed(settled, [acknowledge], move.next, at)
}

/** SWI-8: whatever fails before the flip leads back to the side that served before; nothing is lost, the reason is told. */
const giveUp = (state: Exclude<SwitchState, Settled>, refusal: Refusal, at: number): Step => {
  if (state.state === "flipping") return ignore(state)
  const { move } = state
  const settled: Settled = { state: "settled", attempt: move.attempt, serial: move.fromSerial, sides: move.from }
  const undo: readonly SwitchEffect[] =
    state.state === "preparing"
      ? []
      : [
          { type: "stop-hold-timer", attempt: move.attempt },
          { type: "restore", serial: move.fromSerial, routes: settledRoutes(move.from) }
        ]
  return proceed(settled, [...undo, { type: "refuse", serial: move.serial, refusal }], move.next, at)
}

/** The flip did not take place: what was stored for it is taken back too. */
const takeBack = (move: Move, refusal: Refusal, at: number): Step => {
  const settled: Settled = { state: "settled", attempt: move.attempt, serial: move.fromSerial, sides: move.from }
  const undo: readonly SwitchEffect[] = [
    { type: "store-sides", serial: move.fromSerial, sides: move.from },
    { type: "restore", serial: move.fromSerial, routes: settledRoutes(move.from) },
    { type: "refuse", serial: move.serial, refusal }
  ]
  return proceed(settled, undo, move.next, at)
}

const onHoldExpired = (state: Exclude<SwitchState, Settled>, at: number): Step =>
  state.state === "preparing" || state.state === "flipping"
    ? ignore(state)
    : giveUp(state, { kind: "timeout", text: `held for ${at - state.move.heldAt} ms while ${state.state}` }, at)

const proceed = (settled: Settled, effects: readonly SwitchEffect[], next: Target | null, at: number): Step => {
  if (next === null) return { state: settled, effects }
  const following = start(settled, next, at)
  return { state: following.state, effects: [...effects, ...following.effects] }
}
