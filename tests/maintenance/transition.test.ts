import fc from "fast-check"
import { expect, test } from "vitest"
import { readMaintenanceRequest } from "../../shared/maintenance/request.ts"
import {
  begin,
  deadlineOf,
  effectsOf,
  releaseAfter,
  transition,
  type Effect,
  type Maintenance,
  type MaintenanceEvent
} from "../../shared/maintenance/transition.ts"

const SEED = Number(process.env["SEED"] ?? Date.now() % 1_000_000)
const runs = { seed: SEED, numRuns: 500 }

const planned = (over: object = {}) => {
  const request = readMaintenanceRequest(
    JSON.stringify({
      service: "schedule",
      urls: ["/calendar/*"],
      order: ["server", "client"],
      release: "schedule@2.0.0",
      deadline: "10s",
      ...over
    })
  )
  if (!request.ok) throw new Error(request.error)
  return { id: "m1", request: request.value, before: "schedule@1.0.0", startedAt: 1000 }
}

/** What the world would say next so that the maintenance goes on by itself. */
const nextEvent = (maintenance: Maintenance, at: number): MaintenanceEvent => {
  switch (maintenance.state) {
    case "closing":
      return { type: "mode-set", mode: "closed", serial: maintenance.serial, at }
    case "opening":
      return { type: "mode-set", mode: "open", serial: maintenance.serial, at }
    case "waiting":
      return { type: "resume", at }
    case "updating":
      return { type: "wave-done", wave: maintenance.wave, failed: 0, at }
    default:
      return { type: "acknowledged", serial: maintenance.serial, at }
  }
}

const anyEvent = fc.oneof(
  fc.constant("next" as const),
  fc.constant("late" as const),
  fc.constant("abort" as const),
  fc.constant("resume" as const),
  fc.constant("worse" as const),
  fc.record({
    type: fc.constant("acknowledged" as const),
    serial: fc.integer({ min: 0, max: 20 }),
    at: fc.constant(0)
  }),
  fc.record({
    type: fc.constant("mode-set" as const),
    mode: fc.constantFrom("open", "closed"),
    serial: fc.integer({ min: 0, max: 20 }),
    at: fc.constant(0)
  }),
  fc.record({
    type: fc.constant("wave-done" as const),
    wave: fc.integer({ min: 0, max: 3 }),
    failed: fc.integer({ min: 0, max: 1 }),
    at: fc.constant(0)
  })
)
type Drawn = typeof anyEvent extends fc.Arbitrary<infer T> ? T : never

const eventOf = (drawn: Drawn, maintenance: Maintenance, at: number): MaintenanceEvent => {
  if (drawn === "next") return nextEvent(maintenance, at)
  if (drawn === "late") return { type: "tick", at: (deadlineOf(maintenance) ?? at) + 1, carriedOut: at % 200 === 0 }
  if (drawn === "abort") return { type: "abort", reason: "test", at }
  if (drawn === "worse") return { type: "worse", reason: "errors", at }
  return drawn === "resume" ? { type: "resume", at } : { ...drawn, at }
}

const anyOrder = fc.constantFrom(["server", "client"], ["client", "server"], ["server"], ["client"])

const states = (maintenance: Maintenance): string =>
  maintenance.state === "updating" ? `updating ${maintenance.wave}` : maintenance.state

/** Goes on by itself until it is finished; every state on the way. */
const runThrough = (maintenance: Maintenance): Maintenance[] => {
  const path = [maintenance]
  for (let now = maintenance, at = maintenance.since; now.state !== "finished";) {
    at += 1000
    now = transition(now, nextEvent(now, at))
    path.push(now)
    if (path.length > 50) throw new Error(`never finished: ${path.map(states).join(" ")}`)
  }
  return path
}

test("[MNT-6] goes through its states in order, closed only between closing and opening", () => {
  const path = runThrough(begin(planned({ waves: [0.5, 1] }), 7))
  expect(path.map(states)).toEqual([
    "taking",
    "closing",
    "waiting",
    "opening",
    "returning",
    "updating 0",
    "updating 1",
    "restoring",
    "finished"
  ])
  expect(path.at(-1)).toMatchObject({ aborted: null })
})

test.each([
  [["client", "server"], "returning updating 0 taking closing waiting opening restoring finished", "schedule@2.0.0"],
  [["server"], "taking closing waiting opening restoring finished", "schedule@1.0.0"],
  [["client"], "returning updating 0 restoring finished", "schedule@2.0.0"]
])("[MNT-9] [P39] [P43] order %j", (order, expected, release) => {
  const path = runThrough(begin(planned({ order }), 7))
  expect(path.map(states).join(" ")).toBe(expected)
  expect(path.map(releaseAfter).at(-1)).toBe(release)
})

test("[MNT-9] clients that were updated first take over with the new release", () => {
  const path = runThrough(begin(planned({ order: ["client", "server"] }), 7))
  const distributed = path.flatMap(effectsOf).filter((effect) => effect.type === "distribute")
  expect(distributed.map(({ policy, release }) => [policy, release])).toEqual([
    ["return", "schedule@1.0.0"],
    ["take", "schedule@2.0.0"],
    ["standing", "schedule@2.0.0"]
  ])
})

test("[MNT-11] the version that is named resumes when it says that it is ready, another one does not", () => {
  const path = runThrough(begin(planned({ resume: "2.0.0" }), 7))
  const waiting = path.find(({ state }) => state === "waiting")
  if (waiting === undefined) throw new Error("never waiting")
  expect(transition(waiting, { type: "ready", version: "1.0.0", at: 9000 })).toBe(waiting)
  expect(transition(waiting, { type: "ready", version: "2.0.0", at: 9000 }).state).toBe("opening")
  expect(transition(waiting, { type: "resume", at: 9000 }).state).toBe("opening")
})

const worse = { type: "worse", reason: "half of the requests fail", at: 9000 } as const

test.each([
  [
    ["server", "client"],
    ["opening", "returning"],
    ["updating", "restoring"]
  ],
  [["client", "server"], ["opening", "restoring"], []],
  [["server"], ["opening", "restoring"], []],
  [["client"], [], []]
] as const)(
  "[MNT-13] order %s: a server that comes back worse is closed again in %s, and the maintenance aborted in %s",
  (order, closes, aborts) => {
    for (const came of runThrough(begin(planned({ order: [...order] }), 7))) {
      const after = transition(came, worse)
      if ((closes as readonly string[]).includes(came.state)) {
        expect(after).toMatchObject({ state: "taking", setback: worse.reason, aborted: null })
        expect(after.serial).toBeGreaterThan(came.serial)
        expect(runThrough(after).map(states).slice(0, 3)).toEqual(["taking", "closing", "waiting"])
      } else if ((aborts as readonly string[]).includes(came.state)) {
        const aborted = `the server came back worse: ${worse.reason}`
        expect(after).toMatchObject({ state: "restoring", aborted })
        expect(effectsOf(after)).toMatchObject([{ policy: "standing", release: "schedule@1.0.0" }])
      } else expect(after).toBe(came)
    }
  }
)

test("[MNT-18] a version that came back worse does not resume by itself again, the operator may", () => {
  const path = runThrough(begin(planned({ resume: "2.0.0" }), 7))
  const returning = path.find(({ state }) => state === "returning")
  if (returning === undefined) throw new Error("never returning")
  const waiting = runThrough(transition(returning, worse)).find(({ state }) => state === "waiting")
  if (waiting === undefined) throw new Error("never waiting again")
  expect(transition(waiting, { type: "ready", version: "2.0.0", at: 9000 })).toBe(waiting)
  expect(transition(waiting, { type: "resume", at: 9000 }).state).toBe("opening")
})

test(`[MNT-8] a serial never falls, whatever happens (seed ${SEED})`, () => {
  fc.assert(
    fc.property(anyOrder, fc.array(anyEvent, { maxLength: 40 }), (order, events) => {
      let maintenance = begin(planned({ order, waves: [0.5, 1] }), 7)
      for (const [index, drawn] of events.entries()) {
        const after = transition(maintenance, eventOf(drawn, maintenance, 2000 + index * 100))
        expect(after.serial).toBeGreaterThanOrEqual(maintenance.serial)
        maintenance = after
      }
    }),
    runs
  )
})

test(`[MNT-5] from every state that can be reached, abort ends open, with the standing policies and the old release (seed ${SEED})`, () => {
  fc.assert(
    fc.property(anyOrder, fc.array(anyEvent, { maxLength: 40 }), (order, events) => {
      let maintenance = begin(planned({ order, waves: [0.5, 1] }), 7)
      let mode: Effect = { type: "set-mode", mode: "open", serial: 0 }
      const see = (effects: readonly Effect[]): void => {
        for (const effect of effects) if (effect.type === "set-mode") mode = effect
      }
      for (const [index, drawn] of events.entries()) {
        maintenance = transition(maintenance, eventOf(drawn, maintenance, 2000 + index * 100))
        see(effectsOf(maintenance))
      }
      if (maintenance.state === "finished") return
      const aborted = transition(maintenance, { type: "abort", reason: "test", at: 10_000 })
      const path = runThrough(aborted)
      for (const state of path) see(effectsOf(state))
      expect(mode).toMatchObject({ mode: "open" })
      expect(releaseAfter(path.at(-1) ?? aborted)).toBe("schedule@1.0.0")
      const last = path.flatMap(effectsOf).findLast((effect) => effect.type === "distribute")
      expect(last).toMatchObject({ policy: "standing", release: "schedule@1.0.0" })
    }),
    runs
  )
})

test(`[MNT-6] the server is never closed while a client policy sends requests to it (seed ${SEED})`, () => {
  fc.assert(
    fc.property(anyOrder, fc.array(anyEvent, { maxLength: 40 }), (order, events) => {
      let maintenance = begin(planned({ order }), 7)
      let policy = "standing"
      for (const [index, drawn] of events.entries()) {
        for (const effect of effectsOf(maintenance)) {
          if (effect.type === "distribute") policy = effect.policy
          if (effect.type === "set-mode" && effect.mode === "closed") expect(policy).toBe("take")
        }
        maintenance = transition(maintenance, eventOf(drawn, maintenance, 2000 + index * 100))
      }
    }),
    runs
  )
})

test("[F11] what a state wants done is a function of the stored state: a restart in every state asks for the same again", () => {
  for (const state of runThrough(begin(planned({ waves: [0.5, 1] }), 7))) {
    const stored = JSON.parse(JSON.stringify(state)) as Maintenance
    expect(effectsOf(stored)).toEqual(effectsOf(state))
    if (state.state === "finished") continue
    expect(transition(stored, nextEvent(stored, 9000))).toEqual(transition(state, nextEvent(state, 9000)))
  }
})

test("[MNT-12] a deadline aborts or proceeds as the request says", () => {
  const late = { type: "tick", at: 11_001, carriedOut: true } as const
  expect(transition(begin(planned(), 7), late)).toMatchObject({
    state: "restoring",
    aborted: "taking: not everybody answered in time"
  })
  expect(transition(begin(planned({ onDeadline: "proceed" }), 7), late)).toMatchObject({
    state: "closing",
    aborted: null
  })
})

test("[MNT-12] a deadline does not go on from what was never distributed", () => {
  const late = { type: "tick", at: 11_001, carriedOut: false } as const
  const taking = begin(planned({ onDeadline: "proceed" }), 7)
  expect(transition(taking, late)).toBe(taking)
  expect(transition(begin(planned(), 7), late)).toMatchObject({ state: "restoring" })
  const restoring = transition(begin(planned(), 7), { type: "abort", reason: "test", at: 1000 })
  expect(transition(restoring, { ...late, at: 1e9 })).toBe(restoring)
  expect(transition(restoring, { ...late, at: 1e9, carriedOut: true })).toMatchObject({ state: "finished" })
})

test("[MNT-12] no deadline runs while waiting for resume", () => {
  const waiting = runThrough(begin(planned(), 7)).find((state) => state.state === "waiting")
  expect(waiting && deadlineOf(waiting)).toBeNull()
  expect(waiting && transition(waiting, { type: "tick", at: 1e12, carriedOut: true })).toBe(waiting)
})

test("[MNT-7] a wave with a client that cannot start the new release aborts", () => {
  const updating = runThrough(begin(planned({ waves: [0.5, 1] }), 7)).find((state) => state.state === "updating")
  if (updating === undefined) throw new Error("never updating")
  expect(transition(updating, { type: "wave-done", wave: 0, failed: 1, at: 9000 })).toMatchObject({
    state: "restoring"
  })
  expect(transition(updating, { type: "wave-done", wave: 1, failed: 0, at: 9000 })).toBe(updating)
})
