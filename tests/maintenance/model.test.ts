import { expect, test } from "vitest"
import type { Side } from "../../shared/protocol/names.ts"
import { explore, type Checks } from "../support/model/explore.ts"
import { answering, initialWorld, normalSide, type World } from "../support/model/world.ts"

const CLOSED_STATES = new Set(["closing", "waiting", "opening"])

/** Never two sides for one person's documents without a sync between. */
const changesSideUnsynced: Checks["step"] = (before, { world }) => {
  for (const [index, after] of world.clients.entries()) {
    const was = before.clients[index]
    const [from, to] = [was?.stored.sides[0]?.side, after.stored.sides[0]?.side]
    if (was !== undefined && from !== to && (was.isDirty || was.isBehind) && was.switch.state === "checkpointing")
      return `client ${index} goes from ${from} to ${to} without a sync`
  }
  return null
}

/** Never none: while the server is closed, whoever is there and did not refuse is served by his own browser. */
const leavesSomebodyOut: Checks["step"] = (_, { world }) => {
  if (world.mode === "open" || world.wasLate || world.maintenance.aborted !== null) return null
  const out = world.clients.findIndex(
    (client) => !client.isAway && !client.wasAway && client.refused === 0 && answering(client) === "server"
  )
  return out < 0 ? null : `client ${out} is sent to a closed server`
}

const closesUnderOtherPolicy: Checks["step"] = (_, { world }) => {
  if (world.mode === "open") return null
  const newest = world.distributed.reduce((a, b) => (a.serial > b.serial ? a : b))
  if (!CLOSED_STATES.has(world.maintenance.state) && world.maintenance.setback === null)
    return `closed while ${world.maintenance.state}`
  return newest.kind === "take" ? null : `closed under the ${newest.kind} policy`
}

/** No wave overtakes another. */
const overtakes: Checks["step"] = (before, { world }) => {
  const { maintenance } = world
  if (maintenance.state !== "updating" || maintenance.wave === 0 || world.wasLate) return null
  if (before.maintenance.state === "updating" && before.maintenance.wave === maintenance.wave) return null
  const behind = world.clients.findIndex(
    (client, index) => index < maintenance.wave && !client.isAway && !client.wasAway && !client.isUpdated
  )
  return behind < 0 ? null : `wave ${maintenance.wave} begins before client ${behind} is updated`
}

const serialFalls: Checks["step"] = (before, { world }) =>
  world.maintenance.serial < before.maintenance.serial ||
  world.clients.some(({ held }, index) => held.serial < (before.clients[index]?.held.serial ?? 0))
    ? "a serial falls"
    : null

/** Over, the server open, the standing policy the newest, and everybody who is there under it. */
const isGoodEnd = (world: World): boolean => {
  const { maintenance, distributed, clients, mode } = world
  const newest = distributed.reduce((a, b) => (a.serial > b.serial ? a : b))
  return (
    maintenance.state === "finished" &&
    mode === "open" &&
    newest.kind === "standing" &&
    clients.every(
      (client) => !client.isAway && client.switch.state === "settled" && answering(client) === normalSide(world)
    )
  )
}

const checks: Checks = {
  step: (before, move) =>
    changesSideUnsynced(before, move) ??
    leavesSomebodyOut(before, move) ??
    closesUnderOtherPolicy(before, move) ??
    overtakes(before, move) ??
    serialFalls(before, move),
  isGoodEnd
}

const ORDERS: readonly (readonly Side[])[] = [["server", "client"], ["client", "server"], ["server"], ["client"]]
const FAULTS = Number(process.env["MODEL_FAULTS"] ?? 1)

test.each(ORDERS.flatMap((order) => ["abort", "proceed"].map((onDeadline) => [order.join(), onDeadline] as const)))(
  "[MNT-5] [MNT-6] [MNT-7] [F11] [F13] [F15] every order of events, with loss, delay, repeats and restarts: order %s, %s at the deadline",
  (order, onDeadline) => {
    const sides = ORDERS.find((candidate) => candidate.join() === order) ?? []
    const { states, steps, broken } = explore(initialWorld(sides, onDeadline, FAULTS), checks)
    process.stdout.write(`model ${order}, ${onDeadline}: ${states} states, ${steps} steps, ${FAULTS} faults at most\n`)
    expect(broken).toEqual([])
  },
  600_000
)

test("[MNT-13] [MNT-5] a server that comes back worse once, and one fault more: in every order of events", () => {
  const { states, steps, broken } = explore(initialWorld(["server"], "abort", 1, true, 2), checks)
  process.stdout.write(`model server, 2 clients, comes back worse: ${states} states, ${steps} steps, 1 fault more\n`)
  expect(broken).toEqual([])
}, 600_000)
