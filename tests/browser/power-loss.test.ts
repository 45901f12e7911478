// Power fails while people write: what was stored relaxed (y-indexeddb) is lost or rolled back, what was stored strictly is there, and it
// alone must give back everything that was acknowledged. The real client platform in a real browser, against a real edge.
import { afterAll, expect, test } from "vitest"
import { tokenMaker, tokensIn } from "../../scripts/story/use/tokens.ts"
import { chanceOf } from "../support/kills/seeded.ts"
import { PlatformBrowser } from "../support/platform/platform-browser.ts"
import { RealEdge } from "../support/platform/real-edge.ts"
import { seed } from "../support/seed.ts"

const LIMIT_MS = 300_000
const WITHIN_MS = 30_000
const plays = Number(process.env["LOCUM_KILLS"] ?? 0)
const ROUNDS = plays === 0 ? 4 : 40
const EXPORTS = ["api/export", "team/crew/api/export"]

const edge = await RealEdge.start("1.0.0")
afterAll(() => edge.close())

/** How many writes hold each token. */
const writesIn = (texts: readonly string[]): ReadonlyMap<string, number> => {
  const entries = texts.flatMap(
    (text) => (JSON.parse(text) as { entries: { record: string; writeId: string }[] }).entries
  )
  const found = new Map<string, Set<string>>()
  for (const entry of entries)
    for (const token of tokensIn(JSON.stringify(entry)))
      found.set(token, (found.get(token) ?? new Set()).add(`${entry.record}/${entry.writeId}`))
  return new Map([...found].map(([token, writes]) => [token, writes.size]))
}

test(
  "[CLI-2] [F38] power fails again and again: strictly stored data alone gives back every acknowledged write, and each reaches the edge once",
  async () => {
    const chance = chanceOf(seed())
    const [ann, bob] = [await edge.signIn("Ann", "crew"), await edge.signIn("Bob", "crew")]
    const [ofAnn, ofBob] = [tokenMaker("ann"), tokenMaker("bob")]
    const platform = await PlatformBrowser.start(edge.pin, ann.session)
    const acknowledged = new Set<string>()
    const event = (token: string): string => JSON.stringify({ title: `Event ${token}`, date: "2026-11-24" })
    const writeHere = async (): Promise<void> => {
      const token = ofAnn()
      const path = chance.pick(["api/events", "team/crew/api/events"])
      const answer = await platform.ask("POST", path, event(token), chance.key())
      expect(answer.status).toBe(201)
      acknowledged.add(token)
    }
    const writeThere = async (): Promise<void> => {
      const token = ofBob()
      expect((await bob.ask("POST", "team/crew/api/events", event(token), chance.key())).status).toBe(201)
      acknowledged.add(token)
    }
    try {
      expect(await platform.prepare("schedule@1.0.0", "both")).toEqual({ ok: true })
      expect(await platform.checkpoint()).toEqual({ ok: true })
      await platform.serve(true)
      let isEdgeUp = true
      let rolledBack = 0
      for (let round = 0; round < ROUNDS; round++) {
        for (let write = chance.between(1, 8); write > 0; write--) {
          // Ann's may come to rest on what Bob wrote a moment ago.
          if (isEdgeUp && chance.between(0, 1) === 0) await writeThere()
          await writeHere()
        }
        if (chance.between(0, 2) === 0) {
          await (isEdgeUp ? edge.kill() : edge.restart("1.0.0"))
          isEdgeUp = !isEdgeUp
        }
        rolledBack += await platform.losePower(chance.pick([0, 0, 0.5, 0.9]))
        expect(await platform.cannotServe()).toBeNull()
        const shown = writesIn(await Promise.all(EXPORTS.map(async (path) => (await platform.ask("GET", path)).text)))
        const own = [...acknowledged].filter((token) => token.startsWith("ann"))
        expect(own.filter((token) => shown.get(token) !== 1)).toEqual([])
        await platform.serve(true)
      }
      if (!isEdgeUp) await edge.restart("1.0.0")
      await expect.poll(async () => (await platform.sync()).ok, { timeout: WITHIN_MS }).toBe(true)
      expect(await platform.unsent()).toBe(0)
      const there = writesIn(await Promise.all(EXPORTS.map(async (path) => (await ann.ask("GET", path)).text)))
      const here = writesIn(await Promise.all(EXPORTS.map(async (path) => (await platform.ask("GET", path)).text)))
      const those = (isWrong: (writes: number) => boolean): readonly string[] =>
        [...acknowledged].filter((token) => [there, here].some((side) => isWrong(side.get(token) ?? 0)))
      const [lost, doubled] = [those((writes) => writes === 0), those((writes) => writes > 1)]
      process.stdout.write(
        `power losses: ${ROUNDS}, rows ${rolledBack}, writes ${acknowledged.size}, lost ${lost.length}, doubled ${doubled.length}\n`
      )
      expect({ lost, doubled }).toEqual({ lost: [], doubled: [] })
      // Otherwise these were kills.
      expect(rolledBack).toBeGreaterThan(0)
    } finally {
      await platform.close()
    }
  },
  LIMIT_MS
)
