/** A simulated edge and browsers for tests of one fault: a stage, and the end of it that every one of them must come to. */
import { calm, judge, reborn } from "../../scripts/simulation/check/verdict.ts"
import { allUp, makeStage, type Stage } from "../../scripts/simulation/stage.ts"
import type { Side } from "../../shared/protocol/names.ts"
import { sidesOf } from "../../scripts/simulation/trouble.ts"

/** A stage with these people, everybody's browser up and served by `side`. */
export const staged = async (seed: number, users: readonly string[], side: Side): Promise<Stage> => {
  const stage = makeStage(seed, users)
  await allUp(stage)
  await lead(stage, side)
  return stage
}

/** Leads everybody to a side. */
export const lead = async ({ world, browsers }: Stage, side: Side): Promise<void> => {
  for (const browser of browsers) browser.aim(sidesOf(side, side))
  if (!(await world.run(() => browsers.every(({ isIdle }) => isIdle), 60_000)))
    throw new Error(`nobody came to the ${side}`)
}

/** Lets so much time go by. */
export const pass = async ({ world }: Stage, ms: number): Promise<void> => void (await world.run(() => false, ms))

/** What is wrong when all is quiet, and after everything died and came back; and how many edits were acknowledged. */
export const verdictOf = async (
  stage: Stage
): Promise<{ readonly problems: readonly string[]; readonly answered: number }> => {
  const stuck = await calm(stage)
  const { problems, counts } = judge(stage, "after the quiet")
  const later = await reborn(stage)
  stage.end()
  return { problems: [...stuck, ...problems, ...later, ...stage.edge.problems], answered: counts.answered }
}
