// A real browser is killed while it changes to another release: it comes back with the one or the other, and answers.
import * as prng from "lib0/prng"
import { afterAll, beforeAll, expect, test } from "vitest"
import { PlatformBrowser } from "../support/platform/platform-browser.ts"
import { RealEdge } from "../support/platform/real-edge.ts"
import { seed } from "../support/seed.ts"

const KILLS = 6
/** What a change of release takes here, about. */
const LONGEST_MS = 1500
const RELEASES = ["schedule@1.0.0", "schedule@2.0.0"]

let edge: RealEdge
let platform: PlatformBrowser

// The newest deployment publishes both releases.
beforeAll(async () => {
  edge = await RealEdge.start("2.0.0")
  const ann = await edge.signIn("Ann", "crew")
  platform = await PlatformBrowser.start(edge.pin, ann.session)
  expect(await platform.prepare("schedule@1.0.0", "both")).toEqual({ ok: true })
})
afterAll(async () => {
  await platform?.close()
  await edge?.close()
})

test(`[F69] ${KILLS} browsers killed while they change releases come back with one that answers, and change all the same`, async () => {
  const random = prng.create(seed())
  const told: string[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    const wanted = RELEASES[(kill + 1) % RELEASES.length] ?? ""
    const [before, afterMs] = [await platform.running(), prng.int32(random, 0, LONGEST_MS)]
    const change = platform.install(wanted).then(
      (outcome) => outcome.ok,
      () => null // killed before it had an outcome
    )
    await Promise.race([change, new Promise((resolve) => setTimeout(resolve, afterMs))])
    await platform.crash()
    const what = `kill ${kill}, ${afterMs} ms into the change to ${wanted}`
    const [finished, running] = [await change, await platform.running()]
    told.push(`${what}: ${finished === null ? "cut" : "done"}, ${running}`)
    expect(finished === true ? [wanted] : [before, wanted], what).toContain(running)
    expect((await platform.ask("GET", "api/events")).status, what).toBe(200)
    expect(await platform.install(wanted), what).toEqual({ ok: true })
    expect([await platform.running(), (await platform.ask("GET", "api/events")).status], what).toEqual([wanted, 200])
  }
  process.stdout.write(`${told.join("\n")}\n`)
}, 300_000)

test("[REL-4] the way back to the held slot asks nobody, tests the release again, and answers", async () => {
  const running = await platform.running()
  const other = RELEASES.find((release) => release !== running) ?? ""
  await edge.kill()
  const from = performance.now()
  expect(await platform.install(other)).toEqual({ ok: true })
  const swapped = performance.now()
  expect((await platform.ask("GET", "api/events")).status).toBe(200)
  const answered = performance.now()
  expect(await platform.running()).toBe(other)
  process.stdout.write(
    `way back: ${Math.round(swapped - from)} ms to the swap, trial included, ${Math.round(answered - swapped)} ms to the answer\n`
  )
})
