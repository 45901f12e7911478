import { expect, test } from "vitest"
import { SyncSchedule, type LastSyncs } from "../../extension/controller/sync-schedule.ts"
import type { Outcome } from "../../extension/platform/client-platform.ts"
import { UNKNOWN_ENVIRONMENT, type Environment } from "../../shared/environment/readings.ts"
import type { SyncRule } from "../../shared/policy/rules.ts"
import { settle } from "../support/manual-clock.ts"

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const ANN = "schedule/user/ann"
const daily: SyncRule = { documents: ["user/:user"], type: "copy", at: "0 0 * * *" }

/** A schedule on a disk that survives it; `at` is the time, ms since a midnight. */
const scene = (disk: { last: LastSyncs }, over: Partial<{ rules: SyncRule[]; at: number }> = {}) => {
  const done: string[] = []
  const told: string[] = []
  const state = {
    at: over.at ?? 0,
    rules: over.rules ?? [daily],
    environment: { ...UNKNOWN_ENVIRONMENT, network: "online" } as Environment,
    outcome: { ok: true } as Outcome,
    /** What happens while a sync runs. */
    during: (): void => undefined,
    isDiskFull: false
  }
  const failures: string[] = []
  const schedule = new SyncSchedule(
    {
      rules: () => state.rules,
      documents: () => [ANN, "schedule/team/blue"],
      environment: () => state.environment,
      position: 0.5,
      now: () => 100 * DAY_MS + state.at,
      store: async (last) => {
        if (state.isDiskFull) throw new Error("no room")
        disk.last = last
      },
      sync: async (document, type) => {
        done.push(`${type} ${document}`)
        state.during()
        return state.outcome
      },
      tell: (kind, text) => told.push(`${kind}: ${text}`),
      logError: (what, cause) => failures.push(`${what}: ${String(cause)}`)
    },
    disk.last
  )
  const lookAt = async (at: number): Promise<number> => {
    state.at = at
    schedule.look()
    await settle()
    return done.length
  }
  return { schedule, state, done, told, failures, lookAt }
}

test("[SYN-8] [SYN-9] daily at 24:00: once a day, at this client's place in the minute", async () => {
  const { lookAt, done, schedule } = scene({ last: {} })
  expect(await lookAt(1)).toBe(0)
  expect(schedule.nextInMs()).toBe(DAY_MS + MINUTE_MS / 2 - 1)
  expect(await lookAt(DAY_MS + 29_000)).toBe(0)
  expect(await lookAt(DAY_MS + 30_000)).toBe(1)
  expect(await lookAt(DAY_MS + 2 * MINUTE_MS)).toBe(1)
  expect(await lookAt(2 * DAY_MS + MINUTE_MS)).toBe(2)
  expect(done).toEqual([`copy ${ANN}`, `copy ${ANN}`])
})

test("[SYN-8] the machine slept and the browser was closed over five times: made up for once", async () => {
  const disk = { last: {} }
  await scene(disk).lookAt(1)
  const next = scene(disk)
  expect(await next.lookAt(5 * DAY_MS + 7 * MINUTE_MS)).toBe(1)
  expect(await next.lookAt(5 * DAY_MS + 8 * MINUTE_MS)).toBe(1)
  expect(next.schedule.nextInMs()).toBe(DAY_MS - 8 * MINUTE_MS + MINUTE_MS / 2)
})

test("[SYN-8] without a network nothing is tried; when it is there again, what was missed is made up for once", async () => {
  const { lookAt, state } = scene({ last: {} })
  await lookAt(1)
  state.environment = { ...state.environment, network: "offline" }
  expect(await lookAt(2 * DAY_MS)).toBe(0)
  state.environment = { ...state.environment, network: "online" }
  expect(await lookAt(3 * DAY_MS + MINUTE_MS)).toBe(1)
  expect(await lookAt(3 * DAY_MS + 2 * MINUTE_MS)).toBe(1)
})

test("[SYN-11] what the policy says prevents it: a poor network and a low battery, told once, done when they are over", async () => {
  const unless = [{ network: "poor" as const }, { battery: { below: 0.2 } }]
  const { lookAt, state, told } = scene({ last: {} }, { rules: [{ ...daily, unless }] })
  await lookAt(1)
  state.environment = { ...state.environment, network: "poor" }
  expect(await lookAt(DAY_MS + MINUTE_MS)).toBe(0)
  expect(await lookAt(DAY_MS + 2 * MINUTE_MS)).toBe(0)
  state.environment = { ...state.environment, network: "online", battery: { level: 0.1, charging: false } }
  expect(await lookAt(DAY_MS + 3 * MINUTE_MS)).toBe(0)
  expect(told).toEqual([
    `sync-waits: ${ANN} is due: not while {"network":"poor"}`,
    `sync-waits: ${ANN} is due: not while {"battery":{"below":0.2}}`
  ])
  state.environment = { ...state.environment, battery: { level: 0.1, charging: true } }
  expect(await lookAt(DAY_MS + 4 * MINUTE_MS)).toBe(1)
})

test("[SYN-8] a sync that fails stays due, is told once, and is done with the next look", async () => {
  const disk: { last: LastSyncs } = { last: {} }
  const { lookAt, state, told } = scene(disk)
  await lookAt(1)
  state.outcome = { ok: false, refusal: { kind: "sync-failed", text: "no answer" } }
  expect(await lookAt(DAY_MS + MINUTE_MS)).toBe(1)
  expect(await lookAt(DAY_MS + 2 * MINUTE_MS)).toBe(2)
  expect(told).toEqual([`sync-failed: ${ANN}: no answer`])
  state.outcome = { ok: true }
  expect(await lookAt(DAY_MS + 3 * MINUTE_MS)).toBe(3)
  expect(await lookAt(DAY_MS + 4 * MINUTE_MS)).toBe(3)
  expect(disk.last[ANN]).toBe(101 * DAY_MS + 3 * MINUTE_MS)
})

test("[SYN-8] a sync whose time could not be stored counts as not done, and is tried again after a while", async () => {
  const disk: { last: LastSyncs } = { last: {} }
  const { lookAt, state, schedule, failures } = scene(disk)
  await lookAt(1)
  const first = disk.last
  state.isDiskFull = true
  expect(await lookAt(DAY_MS + MINUTE_MS)).toBe(1)
  expect(failures).toEqual(["scheduled sync: Error: no room"])
  expect([disk.last, schedule.nextInMs()]).toEqual([first, MINUTE_MS])
  state.isDiskFull = false
  expect(await lookAt(DAY_MS + 2 * MINUTE_MS)).toBe(2)
  expect(disk.last[ANN]).toBe(101 * DAY_MS + 2 * MINUTE_MS)
})

test("[SYN-8] a look that comes while a sync runs is made up for after it", async () => {
  const { lookAt, state, schedule, done } = scene({ last: {} })
  await lookAt(1)
  state.during = () => {
    state.during = () => undefined
    state.rules = [{ documents: ["team/:team"], type: "merge", at: "0 0 * * *" }]
    schedule.look()
  }
  expect(await lookAt(DAY_MS + MINUTE_MS)).toBe(1)
  expect(await lookAt(2 * DAY_MS + MINUTE_MS)).toBe(2)
  expect(done.at(-1)).toBe("merge schedule/team/blue")
})

test("[SYN-9] always is not scheduled, and neither is a document that no rule names", async () => {
  const { lookAt, schedule } = scene({ last: {} }, { rules: [{ ...daily, at: "always" }] })
  await lookAt(1)
  expect(await lookAt(9 * DAY_MS)).toBe(0)
  expect(schedule.nextInMs()).toBe(null)
})

test("[SYN-8] a clock that was a year ahead and is set right does not stop the syncs", async () => {
  const disk: { last: LastSyncs } = { last: {} }
  await scene(disk, { at: 365 * DAY_MS }).lookAt(365 * DAY_MS)
  const { lookAt } = scene(disk)
  expect(await lookAt(1)).toBe(0)
  expect(await lookAt(DAY_MS + MINUTE_MS)).toBe(1)
})
