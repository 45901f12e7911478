import fc from "fast-check"
import { expect, test } from "vitest"
import { dueAfter, needOf, type Activity } from "../../extension/controller/activity.ts"
import { RestWatch } from "../../extension/controller/rest-watch.ts"
import { ManualClock } from "../support/manual-clock.ts"
import { seed } from "../support/seed.ts"

const idle: Activity = {
  pages: 0,
  isServing: false,
  isSwitching: false,
  unsent: 0,
  isMakingReady: false,
  isSyncing: false,
  syncInMs: null,
  mayServe: true
}

const watch = () => {
  const clock = new ManualClock()
  const state = { activities: [idle] as readonly Activity[] }
  let calls = 0
  const rests: { readonly at: number; readonly due: number | null }[] = []
  const from = clock.now()
  new RestWatch({
    activities: () => state.activities,
    rollCall: () => Promise.resolve(void calls++),
    now: clock.now,
    after: clock.after,
    rest: (due) => Promise.resolve(void rests.push({ at: clock.now() - from, due })),
    logError: () => undefined
  }).start()
  return { clock, state, rests, calls: () => calls }
}

test("[CON-17] the platform is let go when no service needed it for a while", async () => {
  const { clock, rests } = watch()
  await clock.advance(29_000)
  expect(rests).toEqual([])
  await clock.advance(2_000)
  expect(rests).toEqual([{ at: 30_000, due: 900_000 }])
})

test("[CON-17] whoever needs it in between begins the while anew", async () => {
  const { clock, state, rests } = watch()
  await clock.advance(20_000)
  state.activities = [idle, { ...idle, pages: 1 }]
  await clock.advance(20_000)
  state.activities = [idle, idle]
  await clock.advance(29_000)
  expect(rests).toEqual([])
})

test("[CON-17] pages whose process ended are found by a roll call every 5 minutes", async () => {
  const { clock, state, calls } = watch()
  state.activities = [{ ...idle, pages: 1 }]
  await clock.advance(299_000)
  expect(calls()).toBe(0)
  await clock.advance(302_000)
  expect(calls()).toBe(2)
})

test("[CON-18] whatever serves, switches, is not sent yet, made ready or open keeps it", () => {
  const needs: readonly Partial<Activity>[] = [
    { isServing: true },
    { isSwitching: true },
    { unsent: 3 },
    { isMakingReady: true },
    { isSyncing: true },
    { pages: 2 }
  ]
  expect(needs.map((need) => needOf({ ...idle, ...need }))).toEqual([
    "this browser serves",
    "a switch is under way",
    "3 changes are not on the server yet",
    "a release or a replica is being made ready",
    "a scheduled sync is under way",
    "2 pages are open"
  ])
  expect(needOf(idle)).toBe(null)
})

test("[CON-18] with something unsent it is never let go, whatever else changes", async () => {
  const steps = fc.array(
    fc.record({ pages: fc.nat(1), isServing: fc.boolean(), unsent: fc.integer({ min: 1, max: 5 }) })
  )
  await fc.assert(
    fc.asyncProperty(steps, async (changes) => {
      const { clock, state, rests } = watch()
      for (const change of changes) {
        state.activities = [{ ...idle, ...change }]
        await clock.advance(60_000)
      }
      expect(rests.filter(({ at }) => at > 0 && changes.length > 0)).toEqual([])
    }),
    { seed: seed(), numRuns: 10 }
  )
})

test("[CON-19] it is due again when a policy may lead here, and otherwise not", () => {
  expect(dueAfter([{ ...idle, mayServe: false }, idle])).toBe(900_000)
  expect(dueAfter([{ ...idle, mayServe: false }])).toBe(null)
  expect(dueAfter([])).toBe(null)
})

test("[SYN-9] [CON-19] it is due again when a scheduled sync is, if that comes first", () => {
  expect(dueAfter([idle, { ...idle, syncInMs: 60_000 }])).toBe(60_000)
  expect(dueAfter([{ ...idle, syncInMs: 7_200_000 }])).toBe(900_000)
  expect(dueAfter([{ ...idle, mayServe: false, syncInMs: 7_200_000 }])).toBe(7_200_000)
})
