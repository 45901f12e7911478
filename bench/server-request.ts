/**
 * Question: what does the page script cost a request that goes to the server all the same? The same GET of the same server
 * from two pages of one browser, one with the page script and the extension and one without (under another name of the same address, which
 * no service has; signed in too, so that its requests carry the same cookie), in pairs whose order is random. A third page, without it too, shows what the method makes of no difference.
 *
 * Pages are opened anew for every series, so that what is peculiar to one process does not pass for the script's cost.
 * Target: the 95 % interval of the median difference lies under 50 µs, or under 2 % of the time without.
 */
import { startExtensionBrowser, type Browser } from "./support/chromium.ts"
import { hasFineClock, timeRequests, type PageRequest } from "./support/page-requests.ts"
import { atMost, printGoals, printTable, summaryRow, SUMMARY_COLUMNS, writeReport } from "./support/report.ts"
import {
  CONSTANT_PATH,
  openCalendar,
  openQuietPage,
  openSignedIn,
  startService,
  type Service
} from "./support/service.ts"
import type { Tab } from "./support/tab.ts"
import {
  hodgesLehmann,
  medianInterval,
  median,
  seededRandom,
  shuffled,
  summarize,
  type Interval
} from "./support/statistics.ts"

const SEED = Number(process.env["BENCH_SEED"] ?? 1)
const SERIES = Number(process.env["BENCH_SERIES"] ?? 7)
const PAIRS_PER_SERIES = 300
/** Requests of one measurement; the first one warms up what the other pages cooled down, of the others the median counts. */
const BLOCK = 3
/** The control is asked in every so many pairs only. */
const CONTROL_EVERY = 4
const US_PER_MS = 1000

type Arm = "with" | "without" | "control"
type Times = Record<Arm, number[]>
const PAIR: readonly Arm[] = ["with", "without"]
const ARMS: readonly Arm[] = [...PAIR, "control"]

const openBare = (browser: Browser, { bareOrigin }: Service): Promise<Tab> =>
  browser.open(`${bareOrigin}${CONSTANT_PATH}`)

const series = async (browser: Browser, service: Service, random: () => number): Promise<Times> => {
  const open = {
    with: () => openQuietPage(service, browser),
    without: () => openBare(browser, service),
    control: () => openBare(browser, service)
  }
  const pages = new Map<Arm, Tab>()
  for (const arm of shuffled(ARMS, random)) pages.set(arm, await open[arm]())
  const times: Times = { with: [], without: [], control: [] }
  const get: PageRequest = { method: "GET", url: CONSTANT_PATH, body: null }
  for (let pair = -20; pair < PAIRS_PER_SERIES; pair++)
    for (const arm of shuffled(pair % CONTROL_EVERY === 0 ? ARMS : PAIR, random)) {
      const page = pages.get(arm)
      if (page === undefined) throw new Error(`no page ${arm}`)
      const [, ...block] = await timeRequests(page, Array<PageRequest>(BLOCK).fill(get))
      if (pair >= 0) times[arm].push(median(block))
    }
  for (const page of pages.values()) {
    if (!(await hasFineClock(page))) throw new Error(`a page has no fine clock`)
    await page.close()
  }
  return times
}

/** Differences arm - without, µs; `every` says in which pairs the arm was asked. */
const differences = (times: readonly Times[], arm: Arm, every: number): readonly number[] =>
  times.flatMap((one) => one[arm].map((time, index) => (time - (one.without[index * every] ?? Number.NaN)) * US_PER_MS))

const intervalRow = (name: string, { n, median: middle, low, high }: Interval): readonly (string | number)[] => [
  name,
  String(n),
  middle.toFixed(1),
  low.toFixed(1),
  high.toFixed(1)
]

const browser = await startExtensionBrowser()
const service = await startService()
try {
  const first = await openCalendar(service, browser)
  await service.serveFrom("server")
  await first.close()
  await (await openSignedIn(browser, service.bareOrigin, CONSTANT_PATH)).close()
  const random = seededRandom(SEED)
  const all: Times[] = []
  for (let number = 0; number < SERIES; number++) all.push(await series(browser, service, random))
  const times = Object.fromEntries(ARMS.map((arm) => [arm, all.flatMap((one) => one[arm])])) as Times
  const cost = hodgesLehmann(differences(all, "with", 1))
  const control = hodgesLehmann(differences(all, "control", CONTROL_EVERY))
  const signs = medianInterval(differences(all, "with", 1))
  printTable(
    `GET that the server answers: ms from the call of fetch to the last byte, medians of ${BLOCK - 1}`,
    ["page script", ...SUMMARY_COLUMNS],
    ARMS.map((arm) => [arm, ...summaryRow(summarize(times[arm]))])
  )
  printTable(
    "Difference to the page without, in pairs: µs",
    ["", "pairs", "middle", "low 95 %", "high 95 %"],
    [
      intervalRow("with", cost),
      intervalRow("control (no script either)", control),
      intervalRow("with, by signs alone", signs)
    ]
  )
  const limit = Math.max(50, 0.02 * median(times.without) * US_PER_MS)
  const goals = [atMost("upper end of the 95 % interval of the page script's cost", cost.high, limit, "µs")]
  printGoals(goals)
  const summaries = Object.fromEntries(ARMS.map((arm) => [arm, summarize(times[arm])]))
  await writeReport("server-request", {
    seed: SEED,
    chromium: browser.version,
    unit: "ms",
    summaries,
    differenceUs: { cost, control, signs },
    goals
  })
} finally {
  await browser.close()
  await service.stop()
}
