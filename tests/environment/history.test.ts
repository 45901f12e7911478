import fc from "fast-check"
import { expect, test } from "vitest"
import { averageOver, MAX_SAMPLES, remember, type History } from "../../shared/environment/history.ts"
import { seed } from "../support/seed.ts"

const history = (...samples: readonly (readonly [at: number, value: number | null])[]): History =>
  samples.map(([at, value]) => ({ at, value }))

test("[ENV-6] a reading holds until the next one; the average is weighted by time", () => {
  expect(averageOver(history([0, 1], [100, 0]), 200, 200)).toBe(0.5)
  expect(averageOver(history([0, 1], [150, 0]), 200, 200)).toBe(0.75)
  expect(averageOver(history([0, 1], [100, 0]), 100, 200)).toBe(0)
})

test("[ENV-6] an average is unknown until half of its window is known", () => {
  expect(averageOver(history([100, 1]), 200, 150)).toBe(null)
  expect(averageOver(history([100, 1]), 200, 200)).toBe(1)
  expect(averageOver(history([0, null], [120, 1]), 200, 200)).toBe(null)
  expect(averageOver([], 200, 200)).toBe(null)
})

test("[ENV-6] a history stays bounded and keeps the average of its window", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.double({ min: 0, max: 1, noNaN: true })), {
        maxLength: 2000
      }),
      (steps) => {
        let kept: History = []
        let at = 0
        for (const [step, value] of steps) kept = remember(kept, { at: (at += step), value }, 1000)
        expect(kept.length).toBeLessThanOrEqual(2 * MAX_SAMPLES + 2)
        const average = averageOver(kept, 1000, at)
        if (average !== null) expect(average >= 0 && average <= 1).toBe(true)
      }
    ),
    { seed: seed(), numRuns: 100 }
  )
})

test("[ENV-6] a clock that was set back changes nothing", () => {
  const kept = history([100, 1])
  expect(remember(kept, { at: 50, value: 0 }, 1000)).toBe(kept)
})
