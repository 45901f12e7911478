// Downloads are cut at random points, by the network and by the death of whoever downloads: no bad start, and of what came before the cut
// no more than one file is fetched again.
import * as prng from "lib0/prng"
import { afterAll, expect, test } from "vitest"
import { releaseIdOf } from "../../shared/release/manifest.ts"
import { activeOf } from "../../shared/release/slots.ts"
import { emptyReleaseDisk, Killed, MemoryReleaseStorage, type ReleaseDisk } from "../support/memory-release-storage.ts"
import { publishFiles, publishScript, ReleaseClient } from "../support/release-client.ts"
import { seed } from "../support/seed.ts"
import { siteFetch, type Site } from "../support/site-fetch.ts"

const CUTS = 1000
const OLD = "schedule@1.0.0"
const NEW = "schedule@2.0.0"
const FILES = [20_000, 300_000, 1, 40_000]

const site: Site = new Map()
await publishScript(site, { release: OLD, behaviour: "works" }, 1)
const random = prng.create(seed())
const contents = FILES.map((size) => Uint8Array.from({ length: size }, () => prng.uint32(random, 0, 255)))
await publishFiles(site, { release: NEW, behaviour: "works" }, 2, contents)

const before = emptyReleaseDisk()
const first = await ReleaseClient.open(new MemoryReleaseStorage(before), site)
await first.install(OLD)
first.close()

const copyOf = ({ values, files, parts }: ReleaseDisk): ReleaseDisk => ({
  values: new Map(values),
  files: new Map(files),
  parts: new Map(parts)
})

/** All that an update without a cut fetches. */
let whole = 0
const counting = await ReleaseClient.open(
  new MemoryReleaseStorage(copyOf(before)),
  site,
  siteFetch(site, { pass: (_path, bytes) => ((whole += bytes), bytes) })
)
expect(await counting.install(NEW)).toMatchObject({ ok: true })
counting.close()

const counts = { cuts: 0, byNetwork: 0, byDeath: 0, mostAgain: 0 }
afterAll(() => process.stdout.write(`cut downloads: ${JSON.stringify({ ...counts, whole })}\n`))

test(`[REL-11] [F68] ${CUTS} downloads cut at random points: no bad start, no more than one file fetched again`, async () => {
  for (let cut = 0; cut < CUTS; cut++) {
    const [at, isDeath] = [prng.int53(random, 0, whole - 1), prng.bool(random)]
    const what = `cut ${cut} at ${at} of ${whole}, by ${isDeath ? "death" : "the network"}`
    const disk = copyOf(before)
    let came = 0
    let atFile = ""
    const storage = new MemoryReleaseStorage(disk)
    const pass = (path: string, bytes: number): number => {
      const passed = Math.min(bytes, at - came)
      came += passed
      if (passed < bytes) atFile = path
      // Whoever dies stores nothing any more of what has come.
      if (passed < bytes && isDeath) storage.close()
      return passed
    }
    const client = await ReleaseClient.open(storage, site, siteFetch(site, { pass }))
    const refused = await client.install(NEW).catch((cause: unknown) => {
      if (!(cause instanceof Killed)) throw cause
      return { ok: false }
    })
    expect(refused.ok, what).toBe(false)
    client.close()
    counts.cuts++
    counts[isDeath ? "byDeath" : "byNetwork"]++

    const later = new Map<string, number>()
    const next = await ReleaseClient.open(
      new MemoryReleaseStorage(disk),
      site,
      siteFetch(site, { pass: (path, bytes) => (later.set(path, (later.get(path) ?? 0) + bytes), bytes) })
    )
    // What runs meanwhile is whole, and the old one.
    expect(
      [releaseIdOf(activeOf(next.store.slots)?.manifest ?? { name: "", version: "" }), await next.ask()],
      what
    ).toEqual([OLD, OLD])
    expect(await next.install(NEW), what).toMatchObject({ ok: true })
    expect(await next.ask(), what).toBe(NEW)
    const again = at + [...later.values()].reduce((sum, bytes) => sum + bytes, 0) - whole
    counts.mostAgain = Math.max(counts.mostAgain, again)
    // Only the file that was cut, and a cut by the network costs nothing.
    expect(again, what).toBeLessThanOrEqual(isDeath ? (site.get(atFile)?.length ?? 0) : 0)
    next.close()
  }
}, 300_000)
