/**
 * Question: how long does a request of an open page take that the extension answers locally, beside the other ways in
 * which a browser can have it answered: a same-origin service worker from its own JavaScript, a service worker that asks
 * its page (msw), an HTTP server on the same machine, and the service's own edge? One browser, one run, blocks of requests in a random order.
 *
 * All give the same answers: a GET one event, a POST the event that it brought. Two of them do the same work: the extension and the edge run
 * the schedule on a document, and answer a POST when it is stored durably. The others look nothing up, and none but `http-durable`
 * stores anything. To the extension the server is away meanwhile, as in a maintenance. Targets: a GET half of a plain service worker's, a durable POST not above the local HTTP server's.
 */
import { openPeer, PEERS, startPeers } from "./peers/peers.ts"
import { startExtensionBrowser } from "./support/chromium.ts"
import { hasFineClock, timeRequests, type PageRequest } from "./support/page-requests.ts"
import { atMost, printGoals, printTable, summaryRow, SUMMARY_COLUMNS, writeReport } from "./support/report.ts"
import {
  addEvent,
  eventOf,
  EVENTS_PATH,
  openQuietPage,
  openSignedIn,
  QUIET_PATH,
  startService
} from "./support/service.ts"
import type { Tab } from "./support/tab.ts"
import { seededRandom, shuffled, summarize, type Summary } from "./support/statistics.ts"

const SEED = Number(process.env["BENCH_SEED"] ?? 1)
const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 40)

/** What is asked: bytes of the body, and requests in a block; fewer of the large ones, because each stays in the document. */
const KINDS = {
  "GET, small": { bytes: 0, block: 15 },
  "POST, 500 B": { bytes: 500, block: 15 },
  "POST, 100 KB": { bytes: 100_000, block: 4 }
} as const
type Kind = keyof typeof KINDS
const kinds = Object.keys(KINDS) as Kind[]

/** Servers to which a durable local POST is compared. */
const SERVERS = {
  edge: "the same app at the local edge",
  "http-durable": "an HTTP server that only stores it",
  http: "an HTTP server that stores nothing"
} as const

/** One way to have a request answered. */
interface Arm {
  readonly name: "extension" | "edge" | (typeof PEERS)[number]
  readonly tab: Tab
  readonly read: string
  readonly write: string
}

let written = 0
/** A new event whose JSON has `bytes` bytes. */
const body = (bytes: number): string => {
  const start = { title: `Event ${++written}`, date: "2026-11-23", start: "09:30", notes: "" }
  return JSON.stringify({ ...start, notes: "n".repeat(Math.max(0, bytes - JSON.stringify(start).length)) })
}

const blockOf = ({ read, write }: Arm, kind: Kind): readonly PageRequest[] =>
  Array.from({ length: KINDS[kind].block }, () =>
    KINDS[kind].bytes === 0
      ? { method: "GET", url: read, body: null }
      : { method: "POST", url: write, body: body(KINDS[kind].bytes) }
  )

const measure = async (arms: readonly Arm[]): Promise<Map<string, number[]>> => {
  const random = seededRandom(SEED)
  const times = new Map<string, number[]>()
  const blocks = arms.flatMap((arm) => kinds.map((kind) => ({ arm, kind })))
  for (let round = -1; round < ROUNDS; round++)
    for (const { arm, kind } of shuffled(blocks, random)) {
      const block = await timeRequests(arm.tab, blockOf(arm, kind))
      if (round >= 0) times.set(`${kind} ${arm.name}`, [...(times.get(`${kind} ${arm.name}`) ?? []), ...block])
    }
  return times
}

const peers = await startPeers()
const browser = await startExtensionBrowser()
const service = await startService()
try {
  const page = await openQuietPage(service, browser)
  const id = await addEvent(page)
  await service.serveFrom("client")
  await service.goAway()
  // Asked directly: the front would add its own time.
  const atEdge = await openSignedIn(browser, service.edge.origin, QUIET_PATH)
  const arms: Arm[] = [
    { name: "extension", tab: page, read: eventOf(id), write: EVENTS_PATH },
    { name: "edge", tab: atEdge, read: eventOf(await addEvent(atEdge)), write: EVENTS_PATH }
  ]
  for (const peer of PEERS)
    arms.push({
      name: peer,
      tab: await openPeer(browser, peers, peer),
      read: "/api/item",
      write: "/api/items"
    })
  // The edge itself sends no headers for a fine clock: its times have steps of 0.1 ms.
  for (const { name, tab } of arms)
    if (name !== "edge" && !(await hasFineClock(tab))) throw new Error(`the clock of ${name} is not fine`)

  const times = await measure(arms)
  const summaries: Record<string, Record<string, Summary>> = {}
  for (const kind of kinds) {
    const of = Object.fromEntries(arms.map(({ name }) => [name, summarize(times.get(`${kind} ${name}`) ?? [])]))
    summaries[kind] = of
    const own = of["extension"]?.p50 ?? Number.NaN
    printTable(
      `${kind}: ms from the call of fetch to the last byte`,
      ["answered by", ...SUMMARY_COLUMNS, "extension's p50 is"],
      Object.entries(of).map(([name, summary]) => [name, ...summaryRow(summary), `${(own / summary.p50).toFixed(2)} x`])
    )
  }
  const ratio = (kind: Kind, peer: string): number =>
    (summaries[kind]?.["extension"]?.p50 ?? Number.NaN) / (summaries[kind]?.[peer]?.p50 ?? Number.NaN)
  const goals = [
    atMost("local GET p50 / plain service worker's", ratio("GET, small", "service-worker"), 0.5, "x"),
    ...(["edge", "http-durable", "http"] as const).flatMap((peer) =>
      (["POST, 500 B", "POST, 100 KB"] as const).map((kind) =>
        atMost(`durable local ${kind}, p50 / ${SERVERS[peer]}'s`, ratio(kind, peer), 1, "x")
      )
    )
  ]
  printGoals(goals)
  await writeReport("local-request", { seed: SEED, chromium: browser.version, unit: "ms", summaries, goals })
} finally {
  await browser.close()
  await service.stop()
  peers.stop()
}
