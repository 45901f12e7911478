/** The end of a simulation: everything is made quiet, then every copy of every document is held against the ledger and the others. */
import * as Y from "yjs"
import { difference, replicaOf, type Replica } from "../../story/check/replicas.ts"
import { SERVICE } from "../notes/notes-app.ts"
import { allUp, type Stage } from "../stage.ts"
import { sidesOf } from "../trouble.ts"
import { FAIR } from "../world/network.ts"
import { noCounts, type Counts } from "./ledger.ts"

const QUIET_LIMIT_MS = 300_000

/** Ends all trouble and waits until everybody has everything; says what does not come to rest. */
export const calm = async (stage: Stage): Promise<readonly string[]> => {
  const { world, edge, network, browsers, people } = stage
  world.forgetPlans()
  network.weather = FAIR
  for (const document of edge.documents) edge.storageOf(document).failures = 0
  edge.restart()
  if (edge.mode !== "open") edge.setMode("open")
  for (const browser of browsers) {
    browser.isCutOff = false
    browser.disk.failures = 0
    browser.start()
  }
  if (!(await allUp(stage))) return ["stuck: a browser does not start"]
  const side = world.random.chance(0.7) ? "server" : "client"
  for (const browser of browsers) {
    browser.signIn()
    browser.aim(sidesOf(side, side))
  }
  const isQuiet = (): boolean => people.every(({ open }) => open === 0) && browsers.every(({ isIdle }) => isIdle)
  if (!(await world.run(isQuiet, QUIET_LIMIT_MS))) return [`stuck: ${whatIsStuck(stage)}`]
  return syncAll(stage)
}

/** Twice, so that what the last one pushed reaches the first one. */
export const syncAll = async (stage: Stage): Promise<readonly string[]> => {
  const { world, browsers } = stage
  for (let round = 0; round < 2; round++)
    for (const browser of browsers) {
      let isDone = false
      const again = (): void =>
        browser.run(async () => {
          const outcome = await browser.life?.platform.sync()
          if (outcome?.ok === true && browser.life?.platform.unsent() === 0) isDone = true
          else browser.later(500, again)
        })
      again()
      if (!(await world.run(() => isDone, QUIET_LIMIT_MS)))
        return [`stuck: ${browser.name} does not come to the end of a sync`]
    }
  await world.run(() => false, 1000)
  return []
}

const whatIsStuck = ({ browsers, people }: Stage): string =>
  [
    ...people.filter(({ open }) => open > 0).map(({ browser, open }) => `${open} requests at ${browser.name}`),
    ...browsers
      .filter(({ isIdle }) => !isIdle)
      .map((browser) => `${browser.name} is not where it was led: ${browser.state}`)
  ].join(", ")

/** Holds the edge's copy of every document against the ledger, and every other copy against the edge's. */
export const judge = (
  stage: Stage,
  when: string
): { readonly counts: Counts; readonly problems: readonly string[] } => {
  const counts = noCounts()
  const problems: string[] = []
  for (const document of stage.edge.documents) {
    const atEdge = replicaOf("edge", document, stage.edge.durableUpdates(document))
    const judged = stage.ledger.judge(document, atEdge.doc)
    for (const name of Object.keys(counts) as (keyof Counts)[]) counts[name] += judged.counts[name]
    problems.push(...judged.problems, ...differencesFrom(stage, atEdge))
    atEdge.doc.destroy()
  }
  return { counts, problems: problems.map((text) => `${when}: ${text}`) }
}

/** Which of the copies that people must have is not the edge's. */
const differencesFrom = ({ browsers }: Stage, atEdge: Replica): readonly string[] => {
  const { document } = atEdge
  const state = Y.encodeStateAsUpdate(atEdge.doc)
  return browsers.flatMap((browser) => {
    if (document !== `${SERVICE}/team/a` && document !== `${SERVICE}/user/${browser.user}`) return []
    const replica = browser.replicas().get(document)
    if (replica === undefined) return [`${document}: ${browser.name} has no copy`]
    // The same bytes are the same document; others may be, too.
    if (sameBytes(Y.encodeStateAsUpdate(replica.doc), state)) return []
    return difference(atEdge, { holder: browser.name, document, doc: replica.doc }) ?? []
  })
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

/** Everything dies and comes back: what was stored is as good as what was in memory. */
export const reborn = async (stage: Stage): Promise<readonly string[]> => {
  const { edge, browsers, world } = stage
  edge.crash()
  edge.restart()
  for (const browser of browsers) {
    browser.crash(world.random.chance(0.5) ? "killed" : "power lost")
    browser.start()
  }
  if (!(await allUp(stage))) return ["stuck: a browser does not start again"]
  const stuck = await syncAll(stage)
  return stuck.length > 0 ? stuck : judge(stage, "after a new start").problems
}
