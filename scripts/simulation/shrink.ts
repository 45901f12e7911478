/** The shortest beginning of a failing run that fails, too: the same seed does the same up to there. */
import { simulate, type Outcome } from "./simulate.ts"

const PARTS = 16

/** The failing run of the fewest operations among a few beginnings; `failed` when there is none. */
export const shrink = async (failed: Outcome): Promise<Outcome> => {
  for (let part = 1; part < PARTS; part++) {
    const operations = Math.ceil((failed.operations * part) / PARTS)
    const outcome = await simulate({ seed: failed.seed, operations })
    if (outcome.problems.length > 0) return outcome
  }
  return failed
}

/** A failed run as text: what is wrong, what was done, and how to see it again. */
export const report = ({ seed, operations, problems, script }: Outcome): string =>
  [
    `seed ${seed}, ${operations} operations:`,
    ...problems.map((problem) => `  ${problem}`),
    "what was done:",
    ...script.map((line) => `  ${line}`),
    `again: npm run soak simulation -- --seed ${seed} --operations ${operations}`
  ].join("\n")
