/**
 * A process of the soak's simulation: plays the runs of its seeds, one line of JSON each. Arguments: first seed, step to the
 * next one, number of operations in all, operations of one run.
 */
import { RUN_OPERATIONS, simulate } from "../simulation/simulate.ts"
import { report, shrink } from "../simulation/shrink.ts"

const [first = 1, step = 1, all = RUN_OPERATIONS, each = RUN_OPERATIONS] = process.argv.slice(2).map(Number)

let done = 0
for (let seed = first; done < all; seed += step) {
  const outcome = await simulate({ seed, operations: each })
  done += outcome.operations
  const { script: _script, problems, ...figures } = outcome
  const failure = problems.length === 0 ? null : report(await shrink(outcome))
  process.stdout.write(`${JSON.stringify({ ...figures, failure })}\n`)
}
