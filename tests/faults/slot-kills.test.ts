// A client is killed at random storage steps of staging, swapping and going back: a slot always starts, and it is the right one.
import * as prng from "lib0/prng"
import { afterAll, expect, test } from "vitest"
import { activeOf } from "../../shared/release/slots.ts"
import { releaseIdOf } from "../../shared/release/manifest.ts"
import {
  emptyReleaseDisk,
  Killed,
  MemoryReleaseStorage,
  type Death,
  type ReleaseDisk
} from "../support/memory-release-storage.ts"
import { publishScript, ReleaseClient } from "../support/release-client.ts"
import type { Behaviour } from "../support/scripted-frames.ts"
import { seed } from "../support/seed.ts"
import type { Site } from "../support/site-fetch.ts"

const KILLS = 600
const LAST_STEPS = 3
const BEHAVIOURS: readonly Behaviour[] = ["works", "works", "dies", "dies", "dies", "answers-wrong", "refuses-to-start"]

const site: Site = new Map()
await publishScript(site, { release: "schedule@1.0.0", behaviour: "works" }, 1)
await publishScript(site, { release: "schedule@1.1.0", behaviour: "works" }, 2)
for (const [index, behaviour] of BEHAVIOURS.entries())
  await publishScript(site, { release: `schedule@2.0.${index}`, behaviour }, 10 + index)

const counts = { kills: 0, stage: 0, swap: 0, back: 0 }
afterAll(() => process.stdout.write(`slot kills: ${JSON.stringify(counts)}\n`))

const copyOf = ({ values, files, parts }: ReleaseDisk): ReleaseDisk => ({
  values: new Map(values),
  files: new Map(files),
  parts: new Map(parts)
})

/** A client that went from 1.0.0 to 1.1.0: both slots are taken. */
const before = emptyReleaseDisk()
const first = await ReleaseClient.open(new MemoryReleaseStorage(before), site)
for (const release of ["schedule@1.0.0", "schedule@1.1.0"]) await first.install(release)
await first.ask()
first.close()

/** What an update and a request after it write; how far it came. */
const play = async (disk: ReleaseDisk, release: string, death: Death | null) => {
  const storage = new MemoryReleaseStorage(disk, death)
  const client = await ReleaseClient.open(storage, site)
  let installed: boolean | null = null
  let answered: string | null = null
  try {
    installed = (await client.install(release)).ok
    answered = await client.ask()
  } catch (cause) {
    if (!(cause instanceof Killed)) throw cause
  }
  client.close()
  storage.close()
  return { installed, answered, steps: storage.steps }
}

/** Every file of the active slot is stored, and is what its hash says. */
const isWhole = async (client: ReleaseClient): Promise<boolean> => {
  const files = activeOf(client.store.slots)?.manifest.files ?? []
  const stored = await Promise.all(files.map(({ sha256 }) => client.store.file(sha256)))
  return files.length > 0 && stored.every((bytes) => bytes !== null)
}

const idOf = (client: ReleaseClient): string => {
  const active = activeOf(client.store.slots)
  return active === null ? "none" : releaseIdOf(active.manifest)
}

test(`[F69] ${KILLS} kills at random storage steps of stage, swap and rollback: a slot always starts, and it is the right one`, async () => {
  const random = prng.create(seed())
  for (let kill = 0; kill < KILLS; kill++) {
    const choice = prng.int32(random, 0, BEHAVIOURS.length - 1)
    const [release, behaviour] = [`schedule@2.0.${choice}`, BEHAVIOURS[choice]]
    const { steps } = await play(copyOf(before), release, null)
    // Half of the kills at the last steps: the swap and what comes after it.
    const earliest = prng.bool(random) ? 1 : Math.max(1, steps - LAST_STEPS)
    const death = { step: prng.int32(random, earliest, steps), isWritten: prng.bool(random) }
    const disk = copyOf(before)
    const cut = await play(disk, release, death)
    counts.kills++
    const client = await ReleaseClient.open(new MemoryReleaseStorage(disk), site)
    const what = `kill ${kill}: ${release} (${behaviour}), ${JSON.stringify(death)} of ${steps}`
    // Before anything is asked: the pointer leads to a whole release that passed its trial, or to the one before.
    const mayBeNew = behaviour === "works" || behaviour === "dies"
    expect(mayBeNew ? ["schedule@1.1.0", release] : ["schedule@1.1.0"], what).toContain(idOf(client))
    if (cut.installed === true && behaviour === "works") expect(idOf(client), what).toBe(release)
    expect(await isWhole(client), what).toBe(true)
    if (cut.installed === null) counts.stage++
    else if (behaviour === "dies") counts.back++
    else counts.swap++
    // It starts, and answers: the new one where that works, else the one before.
    const active = idOf(client)
    expect(await client.ask(), what).toBe(behaviour === "dies" ? "schedule@1.1.0" : active)
    // The update is asked for again: what works is installed, what does not is not there.
    await client.install(release)
    expect(await client.ask(), what).toBe(behaviour === "works" ? release : "schedule@1.1.0")
    expect(await isWhole(client), what).toBe(true)
    if (behaviour !== "works")
      expect(
        client.store.slots.failed.map((failed) => failed.release),
        what
      ).toEqual([release])
    client.close()
  }
}, 60_000)
