// Crash tests: real processes are killed at seeded moments while people write, by script and by forms, through whichever side
// serves. LOCUM_KILLS=<plays> plays that many times and longer, as `npm run soak` does.
import { expect, test } from "vitest"
import { playKills } from "../support/kills/play-kills.ts"
import { seed } from "../support/seed.ts"

const plays = Number(process.env["LOCUM_KILLS"] ?? 0)
const LIMIT_MS = 1_800_000

test.each(Array.from({ length: Math.max(1, plays) }, (_, play) => seed() + play))(
  "[F37] [F38] [F41] kills of browser, service worker, sandbox and edge while tabs write: nothing lost, nothing doubled (seed %i)",
  async (chosen) => {
    const measure = plays === 0 ? { lives: 1, killsInLife: 3 } : { lives: 5, killsInLife: 5 }
    const { failures, ...played } = await playKills(chosen, measure)
    process.stdout.write(`kills, seed ${chosen}: ${JSON.stringify({ ...played, failures })}\n`)
    expect(played).toMatchObject({ lost: [], doubled: [], different: [] })
    expect(played.answered).toBeGreaterThan(0)
  },
  LIMIT_MS
)
