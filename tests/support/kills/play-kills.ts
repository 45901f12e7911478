/** A seeded play of kills in every mode, while people write, and what the checker of writes says in the end. */
import { chanceOf, type Chance } from "./seeded.ts"
import { KillScene, type Mode, type Victim } from "./kill-scene.ts"

/** How much is played. */
export interface Measure {
  /** Lives of the browser in each mode. */
  readonly lives: number
  /** Kills of other parts in each of these lives. */
  readonly killsInLife: number
}

/** What came of it. */
export interface PlayedKills {
  /** `edge in server`: 4 */
  readonly kills: Readonly<Record<string, number>>
  readonly answered: number
  /** Writes without an answer that were asked for again under their key. */
  readonly repeats: number
  readonly lost: readonly string[]
  readonly doubled: readonly string[]
  readonly recovered: number
  readonly different: readonly string[]
  /** Why writes had no answer, or another than success. */
  readonly failures: Readonly<Record<string, number>>
}

const MODES: readonly Mode[] = ["client", "away", "server"]
/** Drawn from; an edge takes longest to start again. */
const VICTIMS: Readonly<Record<Mode, readonly Victim[]>> = {
  client: ["service worker", "service worker", "service worker", "sandbox", "sandbox", "sandbox", "edge"],
  away: ["service worker", "sandbox"],
  server: ["service worker", "service worker", "edge"]
}
/** Between two kills. */
const MOMENT_MS = { least: 60, most: 900 }

const aMoment = (chance: Chance): Promise<void> =>
  new Promise((done) => setTimeout(done, chance.between(MOMENT_MS.least, MOMENT_MS.most)))

export const playKills = async (seed: number, measure: Measure): Promise<PlayedKills> => {
  const chance = chanceOf(seed)
  const scene = await KillScene.set(chance)
  const kills = new Map<string, number>()
  const lost: string[] = []
  const count = (victim: Victim, mode: Mode): void => {
    const name = `${victim} in ${mode}`
    kills.set(name, (kills.get(name) ?? 0) + 1)
  }
  const live = async (mode: Mode): Promise<void> => {
    scene.write()
    for (let kill = 0; kill < measure.killsInLife; kill++) {
      await aMoment(chance)
      const victim = chance.pick(VICTIMS[mode])
      if (await scene.kill(victim)) count(victim, mode)
    }
    await aMoment(chance)
    await scene.kill("browser")
    count("browser", mode)
    await scene.rest()
    if (mode !== "server")
      lost.push(...(await scene.missingHere()).map((token) => `${token}: not shown after a restart, ${mode}`))
  }
  try {
    for (const mode of MODES) {
      await scene.enter(mode)
      if (mode === "away") count("edge", mode)
      for (let life = 0; life < measure.lives; life++) await live(mode)
      await scene.leave(mode)
    }
    const counted = await scene.count()
    return {
      kills: Object.fromEntries([...kills].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      answered: counted.answered,
      repeats: scene.log.repeats,
      lost: [...lost, ...counted.lost],
      doubled: counted.doubled,
      recovered: counted.recovered.length,
      different: counted.different,
      failures: scene.log.failures()
    }
  } finally {
    await scene.strike()
  }
}
