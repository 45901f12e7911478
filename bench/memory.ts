/**
 * Question: how much memory does the extension cost the whole browser? Browsers with and without it, started in turns; each
 * is measured idle (an empty page; with the extension: installed, and left alone until it has closed its offscreen document and its service worker has ended)
 * and in use (one page of the service; with the extension, served locally). Proportional set size of the whole process tree.
 * Targets: 40 MB more while idle, 80 MB more while serving.
 */
import { startExtensionBrowser, startPlainBrowser, untilAtRest } from "./support/chromium.ts"
import { settledPss } from "./support/memory.ts"
import { atMost, printGoals, printTable, writeReport } from "./support/report.ts"
import { openCalendar, startService, type Service } from "./support/service.ts"
import { median, seededRandom, shuffled } from "./support/statistics.ts"

const SEED = Number(process.env["BENCH_SEED"] ?? 1)
const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 5)
const WAYS = ["without", "with"] as const
type Way = (typeof WAYS)[number]
const STATES = ["idle", "in use"] as const
type State = (typeof STATES)[number]
type Run = Record<State, number>

/** MiB of one new browser in both states. */
const run: Record<Way, (service: Service) => Promise<Run>> = {
  without: async (service) => {
    const browser = await startPlainBrowser()
    try {
      const idle = await settledPss(browser.pid)
      await openCalendar(service, browser)
      return { idle, "in use": await settledPss(browser.pid) }
    } finally {
      await browser.close()
    }
  },
  with: async (service) => {
    const browser = await startExtensionBrowser()
    try {
      await untilAtRest(browser)
      const idle = await settledPss(browser.pid)
      await openCalendar(service, browser)
      await service.serveFrom("client")
      const inUse = await settledPss(browser.pid)
      await service.serveFrom("server")
      return { idle, "in use": inUse }
    } finally {
      await browser.close()
    }
  }
}

const service = await startService()
const runs: Record<Way, Run[]> = { without: [], with: [] }
try {
  const random = seededRandom(SEED)
  for (let round = 0; round < ROUNDS; round++)
    for (const way of shuffled(WAYS, random)) runs[way].push(await run[way](service))
  const at = (way: Way, state: State): number => median(runs[way].map((one) => one[state]))
  const more = (state: State): number => at("with", state) - at("without", state)
  printTable(
    `MiB of the whole browser (PSS), median of ${ROUNDS} browsers each`,
    ["", "without", "with", "more"],
    STATES.map((state) => [state, at("without", state), at("with", state), more(state)])
  )
  const goals = [
    atMost("more while idle", more("idle"), 40, "MiB"),
    atMost("more while serving one service", more("in use"), 80, "MiB")
  ]
  printGoals(goals)
  await writeReport("memory", { seed: SEED, unit: "MiB", runs, goals })
} finally {
  await service.stop()
}
