/**
 * The proof: when everybody is quiet, every replica and every log is read, and the checker joins and counts. Keeps SPEC
 * rules STO-2, STO-5 to STO-7.
 */
import { type Outage as Refusals, outageMs, outagesIn } from "../../local/outages.ts"
import { until } from "../../local/until.ts"
import { join } from "../check/join.ts"
import { differences, type Replica } from "../check/replicas.ts"
import { brokenPromises, doneAway, makeReport, type StepRow, type StoryReport } from "../check/report.ts"
import type { TraceRow } from "../check/trace.ts"
import { lostWorlds } from "../check/worlds.ts"
import { countWrites } from "../check/writes.ts"
import { tokensIn } from "../use/tokens.ts"
import type { Seen } from "../acts.ts"
import { readClientStore } from "./client-store.ts"
import { readClientTrace } from "./client-trace.ts"
import { readEdgeReplica, readSession } from "./edge-replica.ts"
import type { Stage } from "./stage.ts"

const QUIET_WITHIN_MS = 15_000

/** What the story comes to. */
export interface Proof {
  readonly report: StoryReport
  /** Every promise that was not kept. */
  readonly broken: readonly string[]
  /** Everything that the checker found, in sentences. */
  readonly findings: readonly string[]
  /** All that was joined, for looking into it afterwards. */
  readonly evidence: object
}

/** Who must hold each document: the edge, and everybody who may open it. */
function holdersOf({ actors }: Stage): ReadonlyMap<string, readonly string[]> {
  const documents = new Set(actors.flatMap((actor) => actor.documents))
  return new Map(
    [...documents].map((document) => [
      document,
      ["edge", ...actors.filter((actor) => actor.documents.includes(document)).map(({ person }) => person.user)]
    ])
  )
}

/** Reads every replica there is: the edge's and each browser's, at rest. */
async function readReplicas(stage: Stage): Promise<{ readonly replicas: readonly Replica[]; readonly unsent: number }> {
  const stores = await Promise.all(stage.actors.map(({ store, person }) => readClientStore(store, person.user)))
  const edge: Replica[] = []
  for (const { cookie, documents } of stage.actors) {
    const { ticket } = await readSession(stage.place.origin, cookie)
    for (const document of documents)
      if (!edge.some((one) => one.document === document))
        edge.push(await readEdgeReplica(stage.place.origin, document, ticket))
  }
  return {
    replicas: [...edge, ...stores.flatMap(({ replicas }) => replicas)],
    unsent: stores.reduce((sum, { unsent }) => sum + unsent, 0)
  }
}

/**
 * Chromium keeps a large value in a file of its own, and takes that away when the row is replaced, also from under a reader (seen
 * in Chromium 156, "NotReadableError"): then nothing is at rest yet, and it is read again.
 */
function whenRewritten(error: unknown): undefined {
  if (!String(error).includes("NotReadableError")) throw error
}

/** Reads the replicas until they are the same, and nothing waits to be sent; what is still different then, stays so. */
async function quietReplicas(stage: Stage, holders: ReturnType<typeof holdersOf>): Promise<readonly Replica[]> {
  let last: readonly Replica[] = []
  try {
    await until("the replicas to be the same", QUIET_WITHIN_MS, async () => {
      const read = await readReplicas(stage).catch(whenRewritten)
      if (read === undefined) return undefined
      const { replicas, unsent } = read
      last = replicas
      return unsent === 0 && differences(replicas, holders).length === 0 ? true : undefined
    })
  } catch (error) {
    if (last.length === 0) throw error
  }
  return last
}

/** Reads everything and counts. */
export async function prove(
  stage: Stage,
  seen: Seen,
  steps: readonly Omit<StepRow, "bySide">[],
  startedAt: number
): Promise<Proof> {
  const holders = holdersOf(stage)
  const replicas = await quietReplicas(stage, holders)
  const traces = await Promise.all(stage.actors.map(({ store, person }) => readClientTrace(store, person.user)))
  const edgeRows = await stage.operator.trace()
  const rows: readonly TraceRow[] = [
    ...edgeRows.map((row): TraceRow => ({ ...row, side: "server", source: "edge" })),
    ...traces.flatMap(({ answers }) => answers)
  ]
  const { asked, looks } = stage.log
  const joined = join(asked, rows, stage.outages)
  const writes = countWrites(asked, replicas, holders, tokensIn)
  const worlds = lostWorlds(looks)
  const different = differences(replicas, holders)
  const uncovered = traces.flatMap((trace) => trace.uncovered)
  const away: Refusals | undefined = outagesIn(stage.prober.samples())[0]
  const report = makeReport({
    joined,
    writes,
    switches: traces.flatMap((trace) => trace.switches),
    uncovered,
    forcedReloads: worlds.length,
    serverDownMs: away === undefined ? 0 : outageMs(away),
    postedAt: seen.postedAt,
    differences: different,
    release: releaseOf(seen),
    steps,
    startedAt
  })
  const users = stage.actors.map(({ person }) => person.user)
  const done = doneAway(joined, users, away?.firstRefusalMs ?? 0, away?.lastRefusalMs ?? 0)
  const notByClient = seen.shownByClient.filter(
    ({ token }) => joined.verdicts.find(({ asked: { ask } }) => ask.token === token)?.side !== "client"
  )
  const wrongSide = notByClient.map(
    ({ token }) => `${token}: the page that shows a browser's release was not served by it`
  )
  return {
    report,
    broken: [...brokenPromises(report, done), ...wrongSide],
    findings: [
      ...joined.verdicts.flatMap(({ faults }) => faults),
      ...joined.strays,
      ...writes.lost.map((text) => `lost: ${text}`),
      ...writes.doubled.map((text) => `doubled: ${text}`),
      ...writes.recovered.map((text) => `never answered but there: ${text}`),
      ...worlds,
      ...different,
      ...uncovered.map(({ user, reason, url }) => `uncovered: ${user} ${url}: ${reason}`)
    ],
    evidence: {
      asked,
      rows,
      traces,
      outages: stage.outages,
      done,
      steps,
      startedAt,
      clients: await stage.operator.clients(stage.place.service),
      audit: await stage.operator.audit()
    }
  }
}

/** The releases that the browsers' own pages showed, first and last; several at once are all named. */
function releaseOf({ shownByClient }: Seen): StoryReport["release"] {
  const half = shownByClient.length / 2
  const versions = (from: number, to: number): string =>
    [...new Set(shownByClient.slice(from, to).map(({ version }) => version))].join(" and ")
  return { before: versions(0, half), after: versions(half, shownByClient.length) }
}
