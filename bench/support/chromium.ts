/**
 * Starts a real Chromium in a throw-away profile, with the built extension or without any, with the same switches. It is driven
 * over its debugging port only while nothing is measured: Playwright keeps the network domain enabled, which records a
 * stack for every request (0.7 ms a fetch, more with a wrapper on the stack), keeps bodies, and keeps service workers awake.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import * as v from "valibot"
import { SWITCHES } from "../../scripts/local/browser.ts"
import { Devtools, type Target } from "../../scripts/local/devtools.ts"
import { until } from "../../scripts/local/until.ts"
import { findBrowser } from "../../scripts/setup/browser.mjs"
import { TOP } from "./report.ts"
import { openTab, type Tab } from "./tab.ts"

/** A browser that runs. */
export interface Browser {
  /** Process id of the browser's first process. */
  readonly pid: number
  /** Such as `Chrome/156.0.8078.79`. */
  readonly version: string
  /** Opens a tab; resolves when the page has loaded. */
  open(url: string): Promise<Tab>
  /** All pages, frames and workers that run now. */
  targets(): Promise<readonly Target[]>
  /** Ends a page or a worker, as closing it or the browser's own timers would. */
  end(target: Pick<Target, "targetId">): Promise<void>
  evaluate(target: Pick<Target, "targetId">, expression: string): Promise<unknown>
  /** Ends the browser and removes its profile. */
  close(): Promise<void>
}

// A tab that is not in front would otherwise be measured at another pace than the one that is.
const SAME_PACE = [
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding"
]

// Without this a benchmark that is told to end would leave its browsers and its edge running: only an exit ends them.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(1))

const launch = (profile: string, extension: string | null) => {
  const program = findBrowser(TOP)
  if (program === undefined) throw new Error("no Chromium: set LOCUM_CHROMIUM, or run this by npm run bench")
  const load = extension === null ? [] : [`--disable-extensions-except=${extension}`, `--load-extension=${extension}`]
  const args = [...SWITCHES, ...SAME_PACE, "--headless=new", `--user-data-dir=${profile}`, ...load, "about:blank"]
  return spawn(program, args, { stdio: "ignore" })
}

const VersionSchema = v.object({ product: v.string() })

const start = async (withExtension: boolean): Promise<Browser> => {
  const profile = await mkdtemp(join(tmpdir(), "locum-bench-"))
  const extension = withExtension ? resolve(TOP, "build/chrome-mv3-prod") : null
  const child = launch(profile, extension)
  const ended = once(child, "exit")
  const kill = (): void => void child.kill("SIGKILL")
  process.once("exit", kill)
  const devtools = await Devtools.connect(profile)
  const first = (await devtools.processes()).find(({ type }) => type === "browser")
  if (first === undefined) throw new Error("the browser names no process of type browser")
  const { product } = v.parse(VersionSchema, await devtools.version())
  return {
    pid: first.id,
    version: product,
    open: (url) => openTab(devtools, url),
    targets: () => devtools.targets(),
    end: (target) => devtools.close(target),
    evaluate: (target, expression) => devtools.evaluate(target, expression),
    close: async () => {
      devtools.disconnect()
      process.kill(first.id, "SIGTERM")
      await ended
      process.off("exit", kill)
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    }
  }
}

/** A browser as anybody has it. */
export const startPlainBrowser = (): Promise<Browser> => start(false)

/** A browser with the extension of `npm run build`; resolves when the extension runs. */
export const startExtensionBrowser = async (): Promise<Browser> => {
  const browser = await start(true)
  await until("the extension to start", 15_000, () => partOf(browser, "service_worker"))
  return browser
}

/** The extension's service worker or offscreen document, when it runs. */
export const partOf = async (
  browser: Browser,
  type: "service_worker" | "background_page"
): Promise<Target | undefined> =>
  (await browser.targets()).find((target) => target.type === type && target.url.startsWith("chrome-extension://"))

/** Ends all of the extension that runs, as it is when nothing has happened for a while; it comes back at the next event. */
export const makeCold = async (browser: Browser): Promise<void> => {
  await until("the extension to end", 20_000, async () => {
    const worker = await partOf(browser, "service_worker")
    const offscreen = await partOf(browser, "background_page")
    if (worker === undefined && offscreen === undefined) return true
    // The worker may be ending by itself, or have closed the document already.
    if (worker !== undefined && offscreen !== undefined)
      await browser.evaluate(worker, "chrome.offscreen.closeDocument()").catch(() => undefined)
    else await browser.end(worker ?? offscreen ?? { targetId: "" }).catch(() => undefined)
    return undefined
  })
}

const REST_WITHIN_MS = 120_000

/** Resolves when nothing of the extension runs any more, by its own doing and the browser's. */
export const untilAtRest = async (browser: Browser): Promise<void> => {
  await until("the extension to come to rest", REST_WITHIN_MS, async () => {
    const parts = [await partOf(browser, "service_worker"), await partOf(browser, "background_page")]
    return parts.every((part) => part === undefined) ? true : undefined
  })
}
