import { expect, test } from "vitest"
import { LEVEL_WITHIN_MS, LevelWithEdge } from "../../extension/controller/level-with-edge.ts"
import type { Outcome } from "../../extension/platform/client-platform.ts"
import { ManualClock, settle } from "../support/manual-clock.ts"

const scene = (outcome: () => Promise<Outcome>) => {
  const clock = new ManualClock()
  const told: string[] = []
  let asked = 0
  const level = new LevelWithEdge({
    now: clock.now,
    after: clock.after,
    tell: (kind, text) => told.push(`${kind}: ${text}`)
  })
  const ask = (): Promise<void> =>
    level.with("schedule/user/ann", () => {
      asked++
      return outcome()
    })
  return { clock, level, ask, told, asked: () => asked }
}

test("[MOD-7] while one side serves all of a service, nothing is asked", async () => {
  const { ask, asked, level } = scene(() => Promise.resolve({ ok: true }))
  await ask()
  expect(asked()).toBe(0)
  level.share(true)
  await ask()
  expect(asked()).toBe(1)
})

test("[MOD-7] an edge that gives no answer is waited for 2 s, told of, and left alone for a while", async () => {
  const { ask, asked, level, told, clock } = scene(() => new Promise(() => undefined))
  level.share(true)
  let isDone = false
  void ask().then(() => (isDone = true))
  await clock.advance(LEVEL_WITHIN_MS - 1)
  expect(isDone).toBe(false)
  await clock.advance(1)
  expect([isDone, told]).toEqual([
    true,
    ["not-level: schedule/user/ann: answered without the server's newest state (no word of the edge in 2000 ms)"]
  ])
  await ask()
  expect(asked()).toBe(1)
  await clock.advance(10_000)
  void ask()
  await settle()
  expect(asked()).toBe(2)
})
