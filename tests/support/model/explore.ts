/** Visits every world that can be reached, checks each step, and finds those from which the good end cannot be reached any more. */
import { movesOf, type Move } from "./moves.ts"
import type { ModelClient, World } from "./world.ts"

export interface Exploration {
  readonly states: number
  readonly steps: number
  /** What broke, with the moves that led there; empty when nothing did. */
  readonly broken: readonly string[]
}

export interface Checks {
  /** What is wrong with a step, null when nothing is. */
  readonly step: (before: World, move: Move) => string | null
  /** A world in which everything is over and as it should be. */
  readonly isGoodEnd: (world: World) => boolean
}

const MAX_BROKEN = 3

export const explore = (start: World, checks: Checks): Exploration => {
  const index = new Map<string, number>([[keyOf(start), 0]])
  const queue: World[] = [start]
  const from: [number, string][] = [[-1, "start"]]
  const parents: number[][] = [[]]
  const good: number[] = []
  const broken: string[] = []
  let steps = 0
  for (let at = 0; at < queue.length && broken.length < MAX_BROKEN; at++) {
    const world = queue[at]
    if (world === undefined) break
    if (checks.isGoodEnd(world)) good.push(at)
    for (const move of movesOf(world)) {
      steps++
      const wrong = checks.step(world, move)
      if (wrong !== null) broken.push(`${wrong}\n${traceTo(from, at)}\n${move.name}`)
      const key = keyOf(move.world)
      let to = index.get(key)
      if (to === undefined) {
        to = queue.length
        index.set(key, to)
        queue.push(move.world)
        from.push([at, move.name])
        parents.push([])
      }
      parents[to]?.push(at)
    }
  }
  const lost = firstWithoutEnd(parents, good)
  if (lost !== null && broken.length === 0) broken.push(`no way to the end from here\n${traceTo(from, lost)}`)
  return { states: queue.length, steps, broken }
}

/** The first state from which no good end can be reached, null when there is none. */
const firstWithoutEnd = (parents: readonly (readonly number[])[], good: readonly number[]): number | null => {
  const reaches = new Uint8Array(parents.length)
  const stack = [...good]
  for (const state of good) reaches[state] = 1
  for (let state = stack.pop(); state !== undefined; state = stack.pop())
    for (const parent of parents[state] ?? [])
      if (reaches[parent] === 0) {
        reaches[parent] = 1
        stack.push(parent)
      }
  const lost = reaches.indexOf(0)
  return lost < 0 ? null : lost
}

const traceTo = (from: readonly (readonly [number, string])[], state: number): string => {
  const names: string[] = []
  for (let at = state; at > 0; at = from[at]?.[0] ?? 0) names.unshift(from[at]?.[1] ?? "?")
  return names.join("\n")
}

/** The same for worlds that differ in nothing that counts: attempts and times are names only. */
const keyOf = (world: World): string => {
  const { maintenance: m } = world
  const wave = m.state === "updating" ? m.wave : ""
  const flags = [world.isDone, m.aborted !== null, m.setback !== null, world.wasLate].map(Number).join("")
  const policies = world.distributed.map(({ serial, kind }) => `${serial}${kind[0]}`).join("")
  const head = [m.state, wave, m.serial, flags, world.mode, policies, world.faults].join(",")
  return `${head}|${world.clients.map(clientKey).join("|")}`
}

const clientKey = (client: ModelClient): string => {
  const { switch: now, stored, known } = client
  const move =
    now.state === "settled"
      ? `${now.serial}${now.sides[0]?.side[0]}`
      : `${now.move.serial}${now.move.sides[0]?.side[0]}${now.move.fromSerial}${now.move.from[0]?.side[0]}${now.move.next?.serial ?? ""}`
  const flags = [client.isAway, client.isUpdated, client.isDirty, client.isBehind, client.wasAway, known.isUpdated]
  return [
    client.held.serial,
    now.state,
    move,
    stored.serial,
    stored.sides[0]?.side[0],
    client.refused,
    flags.map(Number).join(""),
    known.settled,
    known.refused,
    client.told
  ].join(",")
}
