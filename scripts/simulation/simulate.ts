/**
 * One run of the simulation: one edge and two to five browsers, random use and random trouble from a seed, then quiet; and the
 * verdict: nothing acknowledged is lost, nothing is there twice or in part, every copy of a document is the same.
 */
import "./world/ambient.ts"
import type { Counts } from "./check/ledger.ts"
import { calm, judge, reborn } from "./check/verdict.ts"
import { allUp, makeStage, type Stage } from "./stage.ts"
import { act, type Tally } from "./trouble.ts"
import type { Random } from "./world/random.ts"

/** What a run is made from. */
export interface Plan {
  readonly seed: number
  readonly operations: number
  /** A part that lies about what is durable: the checker has to find it. */
  readonly liar?: "edge" | "disk"
}

/** What came of it. */
export interface Outcome extends Tally {
  readonly seed: number
  readonly counts: Counts
  /** Empty when all is well. */
  readonly problems: readonly string[]
  /** What was done, in order: number, ms since the beginning, and what. */
  readonly script: readonly string[]
  readonly switches: number
  readonly events: number
}

/** How long one run is: long enough for every kind of trouble, short enough that documents stay small. */
export const RUN_OPERATIONS = 500

/** Plays one run. */
export const simulate = async (plan: Plan): Promise<Outcome> => {
  const stage = makeStage(plan.seed)
  stage.edge.isHasty = plan.liar === "edge"
  for (const { disk } of stage.browsers) disk.isHasty = plan.liar === "disk"
  try {
    return await play(stage, plan)
  } finally {
    stage.end()
  }
}

const play = async (stage: Stage, { seed, operations }: Plan): Promise<Outcome> => {
  const { world } = stage
  const tally: Tally = { operations: 0, crashes: 0, cuts: 0 }
  const script: string[] = []
  const begin = world.now
  await allUp(stage)
  while (tally.operations < operations) {
    script.push(`${tally.operations} +${world.now - begin} ${act(stage, tally)}`)
    await world.run(() => false, pauseOf(world.random))
  }
  const stuck = await calm(stage)
  const { counts, problems } = judge(stage, "after the quiet")
  const found = [...stuck, ...problems, ...told(stage)]
  const later = found.length > 0 ? [] : [...(await reborn(stage)), ...told(stage)]
  const switches = stage.browsers.reduce((sum, browser) => sum + browser.switches, 0)
  return { seed, counts, problems: [...found, ...later], script, switches, events: world.events, ...tally }
}

const told = ({ edge, browsers, people }: Stage): readonly string[] =>
  [edge, ...browsers, ...people].flatMap(({ problems }) => problems)

const pauseOf = (random: Random): number => {
  if (random.chance(0.6)) return random.below(15)
  return random.chance(0.97) ? random.below(300) : random.below(20_000)
}
