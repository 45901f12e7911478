import { RUN_OPERATIONS, simulate, type Plan } from "../../scripts/simulation/simulate.ts"
import { report } from "../../scripts/simulation/shrink.ts"
import { expect, test } from "vitest"
import { seed } from "../support/seed.ts"

const RUNS = 20
const SLOW_MS = 600_000

/** Plays a run; fails with its whole script when anything was lost, doubled, half, or not the same everywhere. */
const holds = async (plan: Plan): Promise<void> => {
  const outcome = await simulate(plan)
  if (outcome.problems.length > 0) throw new Error(report(outcome))
  expect(outcome.counts).toMatchObject({ lost: 0, doubled: 0, half: 0, stray: 0 })
}

test("[SIM-1] the same seed gives the same run", { timeout: SLOW_MS }, async () => {
  const [first, second] = [await simulate({ seed: 5, operations: 200 }), await simulate({ seed: 5, operations: 200 })]
  expect(second).toEqual(first)
  expect(first.events).toBeGreaterThan(1000)
})

test.for(Array.from({ length: RUNS }, (_none, index) => index))(
  "[SIM-3] [SIM-4] random use and random trouble, run %i: nothing acknowledged is lost, nothing doubled, every copy the same",
  { timeout: SLOW_MS },
  (run) => holds({ seed: seed() + run, operations: RUN_OPERATIONS })
)

test("[SIM-4] [F65] an object whose storage fails while it looks who somebody is cannot be reached, and nothing more", () =>
  holds({ seed: 186538217, operations: 37 }))

test.for(["edge", "disk"] as const)(
  "[SIM-5] the checker finds out when the %s says too early that something is durable",
  { timeout: SLOW_MS },
  async (liar) => {
    let lost = 0
    for (let run = 1; lost === 0 && run < 30; run++)
      lost += (await simulate({ seed: run, operations: 300, liar })).counts.lost
    expect(lost).toBeGreaterThan(0)
  }
)
