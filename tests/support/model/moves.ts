/** Everything that can happen next in a world: what goes on by itself, and the faults that are left. */
import { deadlineOf } from "../../../shared/maintenance/transition.ts"
import {
  initialSwitchState,
  transition,
  type SwitchEffect,
  type SwitchEvent
} from "../../../shared/switchover/transition.ts"
import { advance, answering, normalSide, runEffects, targetOf, type ModelClient, type World } from "./world.ts"

/** A possible next state, with its name for a trace. */
export interface Move {
  readonly name: string
  readonly world: World
}

const withClient = (world: World, index: number, client: ModelClient): World => ({
  ...world,
  clients: world.clients.map((other, at) => (at === index ? client : other))
})

/** Carries a client's transition out; what it answers is one of the next moves. */
const drive = (client: ModelClient, event: SwitchEvent): ModelClient => {
  const { state, effects } = transition(client.switch, event)
  return effects.reduce<ModelClient>(apply, { ...client, switch: state })
}

const apply = (client: ModelClient, effect: SwitchEffect): ModelClient => {
  switch (effect.type) {
    case "store-sides":
      return { ...client, stored: { serial: effect.serial, sides: effect.sides } }
    case "refuse":
      return { ...client, refused: Math.max(client.refused, effect.serial) }
    default:
      return client
  }
}

const NEXT = {
  preparing: "prepared",
  draining: "drained",
  syncing: "synced",
  checkpointing: "checkpointed",
  flipping: "flipped"
} as const

/** The side that answers may be written to at any time: the worst case is that it was. */
const written = (client: ModelClient): ModelClient => {
  const side = answering(client)
  return side === null ? client : { ...client, ...(side === "client" ? { isDirty: true } : { isBehind: true }) }
}

const isHeard = ({ known }: ModelClient, { settled, refused, isUpdated }: ModelClient["known"]): boolean =>
  known.settled === settled && known.refused === refused && known.isUpdated === isUpdated

const clientMoves = (world: World, client: ModelClient, index: number): Move[] => {
  const moves: Move[] = []
  const add = (name: string, next: ModelClient, faults = 0): void => {
    if (faults <= world.faults)
      moves.push({
        name: `client ${index}: ${name}`,
        world: { ...withClient(world, index, written(next)), faults: world.faults - faults }
      })
  }
  if (client.isAway) {
    add("comes back", { ...client, isAway: false })
    return moves
  }
  const normally = normalSide(world)
  for (const policy of world.distributed)
    if (policy.serial > client.held.serial)
      add(
        `takes ${policy.kind} ${policy.serial}`,
        drive({ ...client, held: policy }, { type: "target", target: targetOf(policy, normally), at: 0 })
      )
  const { switch: current } = client
  if (current.state !== "settled") {
    const { attempt } = current.move
    const type = NEXT[current.state]
    const done = type === "synced" ? { ...client, isDirty: false, isBehind: false } : client
    add(type, drive(done, { type, attempt, at: 0 }))
    const refusal = { kind: "sync-failed", text: "" } as const
    if (current.state !== "flipping") add("fails", drive(client, { type: "failed", attempt, refusal, at: 0 }), 1)
    else add("does not flip", drive(client, { type: "not-flipped", attempt, refusal, at: 0 }), 1)
    if (answering(client) === null) add("holds too long", drive(client, { type: "hold-expired", attempt, at: 0 }), 1)
  } else if (client.held.serial > current.serial)
    add("tries again", drive(client, { type: "target", target: targetOf(client.held, normally), at: 0 }))
  if (client.told >= 0 && !client.isUpdated && current.state === "settled")
    add("updates", { ...client, isUpdated: true })
  const settled = current.state === "settled" ? current.serial : current.move.fromSerial
  const known = { settled, refused: client.refused, isUpdated: client.isUpdated }
  if (!isHeard(client, known)) add("is heard", { ...client, known })
  const { serial, sides } = client.stored
  const restarted = { ...client, switch: initialSwitchState(serial, sides) }
  add("restarts", drive(restarted, { type: "target", target: targetOf(client.held, normally), at: 0 }), 1)
  add("vanishes", { ...client, isAway: true, wasAway: true }, 1)
  return moves
}

/** Whether the controller waits for nobody any more in its present state. */
const isAnswered = ({ maintenance, clients }: World): boolean =>
  clients.every(({ isAway, known }, index) => {
    if (isAway) return true
    if (maintenance.state === "updating") return known.isUpdated || index > maintenance.wave
    return known.settled >= maintenance.serial || known.refused >= maintenance.serial
  })

const controllerMoves = (world: World): Move[] => {
  const { maintenance } = world
  if (maintenance.state === "finished") return []
  const moves: Move[] = []
  const add = (name: string, next: World, faults = 0): void => {
    if (next !== world && faults <= world.faults)
      moves.push({ name: `controller: ${name}`, world: { ...next, faults: world.faults - faults } })
  }
  const { serial } = maintenance
  if (!world.isDone) add(`runs ${maintenance.state}`, runEffects(world))
  else if (maintenance.state === "closing" || maintenance.state === "opening")
    add("mode is set", advance(world, { type: "mode-set", mode: world.mode, serial, at: 0 }))
  else if (maintenance.state === "waiting") add("resume", advance(world, { type: "resume", at: 0 }))
  else if (isAnswered(world))
    add(
      "all answered",
      maintenance.state === "updating"
        ? advance(world, { type: "wave-done", wave: maintenance.wave, failed: 0, at: 0 })
        : advance(world, { type: "acknowledged", serial, at: 0 })
    )
  const deadline = deadlineOf(maintenance)
  if (deadline !== null)
    add("deadline", { ...advance(world, { type: "tick", at: deadline, carriedOut: world.isDone }), wasLate: true }, 1)
  add("abort", advance(world, { type: "abort", reason: "asked", at: 0 }), 1)
  const free = world.worseIsFree && maintenance.setback === null
  add("server is worse", advance(world, { type: "worse", reason: "errors", at: 0 }), free ? 0 : 1)
  if (world.isDone) add("restarts", { ...world, isDone: false }, 1)
  return moves
}

export const movesOf = (world: World): readonly Move[] => [
  ...controllerMoves(world),
  ...world.clients.flatMap((client, index) => clientMoves(world, client, index))
]
