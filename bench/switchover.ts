/**
 * Question: how long does a page wait while its requests move from one side to the other, and how soon after the operator's
 * word? One page in steady use (reads and writes); real policies, posted to the real edge, move the service to the
 * client and back again, the data in sync each time. The page draws nothing: the calendar draws itself anew after every write, which is
 * no part of a switch.
 *
 * Per switch: the slowest request that the page saw between the POST and the acknowledgement, its own time of answering included; and
 * the time from the operator's POST to the first answer of the new side. Which side answered is told by a witness in front of
 * the edge, not by the answers. At the end every write that was answered is looked for.
 * Target: the pause's p99 under 100 ms over at least 300 switches.
 */
import { startExtensionBrowser } from "./support/chromium.ts"
import { judgeFlip, type Switch } from "./support/flips.ts"
import { atMost, printGoals, printTable, summaryRow, SUMMARY_COLUMNS, writeReport } from "./support/report.ts"
import { addEvent, eventOf, EVENTS_PATH, openQuietPage, startService, titlesOf } from "./support/service.ts"
import { summarize } from "./support/statistics.ts"
import { startLoad } from "./support/steady-load.ts"

const ROUND_TRIPS = Number(process.env["BENCH_ROUND_TRIPS"] ?? 150)
const WRITE_EVERY = 20
const SIDES = ["client", "server"] as const

const browser = await startExtensionBrowser()
const atServer = new Set<number>()
const service = await startService((url) => void atServer.add(Number(url.searchParams.get("n"))))
try {
  const page = await openQuietPage(service, browser)
  const load = await startLoad(page, eventOf(await addEvent(page)), EVENTS_PATH, WRITE_EVERY)
  const switches: Switch[] = []
  for (let trip = 0; trip < ROUND_TRIPS; trip++) for (const to of SIDES) switches.push(await service.serveFrom(to))
  await load.stop()
  const samples = await load.take()

  const failed = samples.filter(({ status }) => status < 200 || status >= 400).length
  const titles = await titlesOf(page)
  const writes = samples.filter(({ created, status }) => created !== null && status === 201)
  const lost = writes.filter(({ created }) => !titles.has(created)).length

  const flips = switches.map((one) => judgeFlip(one, samples, atServer))
  const of = (to: (typeof SIDES)[number]) => flips.filter((flip) => flip.to === to)
  const answers = (to: (typeof SIDES)[number]) => of(to).flatMap(({ postToAnswer }) => postToAnswer ?? [])
  const rows = {
    "pause, to client": summarize(of("client").map(({ slowest }) => slowest)),
    "pause, to server": summarize(of("server").map(({ slowest }) => slowest)),
    "pause, both": summarize(flips.map(({ slowest }) => slowest)),
    "POST to first answer of the client": summarize(answers("client")),
    "POST to first answer of the server": summarize(answers("server")),
    "any request, whole run": summarize(samples.map(({ start, end }) => end - start))
  }
  printTable(
    "ms",
    ["", ...SUMMARY_COLUMNS],
    Object.entries(rows).map(([name, summary]) => [name, ...summaryRow(summary)])
  )
  const goals = [
    atMost("pause per switch, p99", rows["pause, both"].p99, 100, "ms"),
    atMost(`failed of ${samples.length} requests`, failed, 0, ""),
    atMost(`lost of ${writes.length} writes`, lost, 0, "")
  ]
  printGoals(goals)
  await writeReport("switchover", {
    chromium: browser.version,
    unit: "ms",
    switches: switches.length,
    summaries: rows,
    goals
  })
} finally {
  await browser.close()
  await service.stop()
}
