/**
 * One service, its controller and three clients as one state, for exploring every order of events (tests/maintenance/model.test.ts).
 * The controller's and the clients' steps are the product's own transition functions; the rest is abstracted so that nothing is
 * assumed of the network: a client may take any policy that was ever distributed, at any time or never, also twice; the controller
 * may learn what a client has done at any later time or never; every party may restart between any two steps.
 */
import {
  begin,
  transition as step,
  effectsOf,
  type Maintenance,
  type MaintenanceEvent
} from "../../../shared/maintenance/transition.ts"
import { readMaintenanceRequest } from "../../../shared/maintenance/request.ts"
import { temporaryPolicies } from "../../../shared/maintenance/temporary-policies.ts"
import { UNKNOWN_ENVIRONMENT } from "../../../shared/environment/readings.ts"
import type { Rule } from "../../../shared/policy/rules.ts"
import { wantedSides } from "../../../shared/policy/sides.ts"
import {
  currentSides,
  initialSwitchState,
  type SwitchState,
  type Target
} from "../../../shared/switchover/transition.ts"
import type { Side } from "../../../shared/protocol/names.ts"
import type { Sides } from "../../../shared/switchover/routes.ts"
import { standingPolicy } from "../policies.ts"

export type PolicyKind = "take" | "return" | "standing"

/** A policy that was put in force. */
export interface Distributed {
  readonly serial: number
  readonly kind: PolicyKind
}

export interface ModelClient {
  /** Policy that it holds; its switch may not be complete. */
  readonly held: Distributed
  readonly switch: SwitchState
  /** What a restart finds. */
  readonly stored: { readonly serial: number; readonly sides: Sides }
  /** It gave up this policy; the controller may not know. */
  readonly refused: number
  /** Not there: no message reaches it, nobody waits for it. */
  readonly isAway: boolean
  readonly isUpdated: boolean
  /** It wrote here what the edge has not. */
  readonly isDirty: boolean
  /** The edge wrote for it what is not here. */
  readonly isBehind: boolean
  /** What the controller knows of it. */
  readonly known: { readonly settled: number; readonly refused: number; readonly isUpdated: boolean }
  /** Highest wave that it was told to update in, -1 for none. */
  readonly told: number
  /** It was away, so nobody waited for it. */
  readonly wasAway: boolean
}

export interface World {
  readonly maintenance: Maintenance
  /** The effects of the present state have run since it was entered or the controller restarted. */
  readonly isDone: boolean
  readonly distributed: readonly Distributed[]
  readonly mode: "open" | "closed"
  readonly clients: readonly ModelClient[]
  /** Faults that may still happen. */
  readonly faults: number
  /** The server may come back worse once without that counting as a fault. */
  readonly worseIsFree: boolean
  /** A deadline passed: those that had not answered are not waited for. */
  readonly wasLate: boolean
}

/** A wave for each of the clients: client i belongs to wave i. */
export const CLIENTS = 3
const WAVES = [0.1, 0.5, 1]
const URLS = ["/calendar/*"]

const planFor = (order: readonly Side[], onDeadline: string) => {
  const text = JSON.stringify({
    service: "schedule",
    urls: URLS,
    order,
    release: "schedule@2.0.0",
    waves: WAVES,
    deadline: "1s",
    onDeadline
  })
  const request = readMaintenanceRequest(text)
  if (!request.ok) throw new Error(request.error)
  return { id: "m", request: request.value, before: "schedule@1.0.0", startedAt: 0 }
}

const knownSides = new Map<string, Sides>()

/** The sides that each policy leads to, by the product's own rules. */
const sidesOf = (kind: PolicyKind, normally: Side): Sides => {
  const name = `${kind} ${normally}`
  const known = knownSides.get(name) ?? madeSides(kind, normally)
  knownSides.set(name, known)
  return known
}

const madeSides = (kind: PolicyKind, normally: Side): Sides => {
  const rules: readonly Rule[] = [{ match: "/calendar/*", serve: normally }]
  const pair = { client: rules, server: { priority: "server" as const, rules: [] } }
  const client =
    kind === "standing" ? rules : temporaryPolicies(pair, URLS, kind === "take" ? "client" : "server").client
  const environment = { ...UNKNOWN_ENVIRONMENT, network: "online" as const }
  return wantedSides(standingPolicy({ rules: [...client] }), { environment, cannotServe: null })
}

/** A maintenance that was just asked for, while every client is settled under the standing policy. */
export const initialWorld = (
  order: readonly Side[],
  onDeadline: string,
  faults: number,
  worseIsFree = false,
  clients = CLIENTS
): World => {
  const normally: Side = order[0] === "client" ? "client" : "server"
  const held: Distributed = { serial: 1, kind: "standing" }
  const sides = sidesOf("standing", normally)
  const client: ModelClient = {
    held,
    switch: initialSwitchState(1, sides),
    stored: { serial: 1, sides },
    refused: 0,
    isAway: false,
    isUpdated: false,
    isDirty: normally === "client",
    isBehind: normally === "server",
    known: { settled: 1, refused: 0, isUpdated: false },
    told: -1,
    wasAway: false
  }
  return {
    maintenance: begin(planFor(order, onDeadline), 1),
    isDone: false,
    distributed: [held],
    mode: "open",
    clients: Array.from({ length: clients }, () => client),
    faults,
    worseIsFree,
    wasLate: false
  }
}

/** Time does not count here: what was entered is as if it had been entered at 0. */
export const advance = (world: World, event: MaintenanceEvent): World => {
  const after = step(world.maintenance, event)
  if (after === world.maintenance) return world
  return { ...world, maintenance: { ...after, since: 0 }, isDone: false }
}

/** Runs the effects of the present state. */
export const runEffects = (world: World): World => {
  let next: World = { ...world, isDone: true }
  for (const effect of effectsOf(world.maintenance)) {
    if (effect.type === "distribute") {
      const isNew = !world.distributed.some(({ serial }) => serial === effect.serial)
      if (isNew) next = { ...next, distributed: [...next.distributed, { serial: effect.serial, kind: effect.policy }] }
    }
    if (effect.type === "set-mode") next = { ...next, mode: effect.mode }
    if (effect.type === "update") {
      const { wave } = effect
      next = {
        ...next,
        clients: next.clients.map((client, index) =>
          index <= wave ? { ...client, told: Math.max(client.told, wave) } : client
        )
      }
    }
  }
  return next
}

export const targetOf = (policy: Distributed, normally: Side): Target => ({
  serial: policy.serial,
  sides: sidesOf(policy.kind, normally),
  sync: "both"
})

export const normalSide = (world: World): Side =>
  world.maintenance.plan.request.order[0] === "client" ? "client" : "server"

/** The side that answers this client's requests, null while they are held. */
export const answering = (client: ModelClient): Side | null => {
  const { state } = client.switch
  return state === "settled" || state === "preparing" ? (currentSides(client.switch)[0]?.side ?? "server") : null
}
