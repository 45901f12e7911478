/**
 * `npm start`: plays the story, prints its timeline and a summary, writes `build/story.json`. With `--exit` it ends, with
 * status 0 only if every promise was kept; without, everything stays up to play with until Ctrl-C.
 */
import { mkdir, writeFile } from "node:fs/promises"
import { availableParallelism, loadavg } from "node:os"
import { join } from "node:path"
import colors from "picocolors"
import { playActs } from "./acts.ts"
import type { StoryReport } from "./check/report.ts"
import { Cleanup } from "./stage/cleanup.ts"
import { countClientAnswers, readClientTrace } from "./stage/client-trace.ts"
import { FOLDER, REPORT } from "./stage/places.ts"
import { prove, type Proof } from "./stage/proof.ts"
import { setStage, TEAM, type Stage } from "./stage/stage.ts"
import { Timeline, type LiveCount } from "./stage/timeline.ts"

const FINDINGS_SHOWN = 12
/** Load of a processor over which time limits say little. */
const BUSY = 2

const print = (text: string): void => void process.stdout.write(`${text}\n`)

/** Plays the story and resolves to the exit status. */
export async function play({ exits }: { readonly exits: boolean }): Promise<number> {
  const hasDisplay = process.platform !== "linux" || Boolean(process.env["DISPLAY"] ?? process.env["WAYLAND_DISPLAY"])
  const cleanup = new Cleanup()
  const end = (): Promise<void> => cleanup.run(print)
  const interrupted = new Promise<number>((done) => {
    let signals = 0
    const interrupt = (): void => {
      // Whoever asks twice does not want to wait: the exit handlers kill what runs.
      if (++signals > 1) process.exit(130)
      done(130)
    }
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, interrupt)
  })
  try {
    return await Promise.race([interrupted, playAll({ exits, windows: hasDisplay && !exits, cleanup }, interrupted)])
  } finally {
    await end()
  }
}

interface Options {
  readonly exits: boolean
  readonly windows: boolean
  readonly cleanup: Cleanup
}

async function playAll({ exits, windows, cleanup }: Options, interrupted: Promise<number>): Promise<number> {
  const stage = await setStage({ windows, cleanup, say: print })
  const timeline = new Timeline(liveCounter(stage))
  cleanup.add(async () => void timeline.end())
  const seen = await playActs(stage, timeline).catch(async (error: unknown) => {
    const { current } = timeline
    timeline.end()
    await keepUnproved(stage, error)
    printBrokenOff(current, error)
    return null
  })
  if (seen === null) return 1
  timeline.step("Everybody pauses: every replica and log is read and compared")
  await stage.rest()
  const proof = await prove(stage, seen, timeline.end(), timeline.startedAt)
  await keep(proof)
  printSummary(proof)
  if (exits) return proof.broken.length === 0 ? 0 : 1
  printAddresses(stage, windows)
  return interrupted
}

/** Counts while people ask: what has ended is taken first, so that an answer of a browser never passes for one of the server. */
function liveCounter({ log, actors }: Stage): () => Promise<LiveCount> {
  let [server, client] = [0, 0]
  return async () => {
    const ended = log.asked.filter(({ outcome }) => outcome !== null)
    const counts = await Promise.all(actors.map(({ store }) => countClientAnswers(store).catch(() => null)))
    // A browser that cannot be counted now (it is busy, or ends) is counted again in a second.
    if (!counts.includes(null)) {
      client = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)
      server = Math.max(server, ended.length - client)
    }
    const wrong = ended.filter(({ outcome }) => outcome?.state === "failed" || outcome?.wrong !== null)
    return { asked: log.asked.length, server, client, wrong: wrong.length }
  }
}

async function keep({ report, evidence, findings, broken }: Proof): Promise<void> {
  await mkdir(FOLDER, { recursive: true })
  await writeFile(REPORT, `${JSON.stringify(report, null, 2)}\n`)
  await writeFile(join(FOLDER, "evidence.json"), JSON.stringify({ broken, findings, ...evidence }))
}

/** The story broke off: what was asked and seen until then, and the first things that went wrong. */
async function keepUnproved({ log, operator, actors }: Stage, cause: unknown): Promise<void> {
  const audit = await operator.audit().catch(String)
  const traces = await Promise.all(actors.map(({ store, person }) => readClientTrace(store, person.user).catch(String)))
  const broken = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
  const evidence = { broken, asked: log.asked, looks: log.looks, audit, traces }
  await writeFile(join(FOLDER, "evidence.json"), JSON.stringify(evidence))
  const wrong = log.asked.flatMap(({ ask, outcome }) => {
    const what = outcome?.state === "failed" ? outcome.text : (outcome?.wrong ?? null)
    return what === null ? [] : [`${ask.token} ${ask.kind} ${ask.method} in "${ask.step}": ${what}`]
  })
  for (const line of wrong.slice(0, FINDINGS_SHOWN)) print(colors.red(`  ${line}`))
}

function printBrokenOff(step: string, cause: unknown): void {
  const text = cause instanceof Error ? cause.message : String(cause)
  const [load = 0] = loadavg()
  const processors = availableParallelism()
  print(colors.red(`The story broke off in "${step}": ${text}`))
  if (load > BUSY * processors)
    print(
      `This machine is busy (load ${load.toFixed(0)} on ${processors} processors): the story's time limits may be too short for it now.`
    )
  print(`What was asked and seen until then: ${join(FOLDER, "evidence.json")}`)
}

function printSummary({ report, broken, findings }: Proof): void {
  const { requests, bySide, held, failed, uncovered, recovered, lost, doubled, forcedReloads, serverDownMs } = report
  const seconds = report.steps.reduce((sum, step) => sum + step.tookMs, 0) / 1000
  print("")
  print(
    `${requests} requests, ${(requests / seconds).toFixed(1)} a second: ${bySide.server} answered by the server, ${bySide.client} by the browsers; ${held} held at a switch`
  )
  print(
    `failed ${failed} · uncovered ${uncovered} · lost ${lost} · doubled ${doubled} · forced reloads ${forcedReloads} · recovered ${recovered}`
  )
  print(
    `server away ${(serverDownMs / 1000).toFixed(1)} s · replicas ${report.replicasEqual ? "equal" : "NOT equal"} · release ${report.release.before} -> ${report.release.after}`
  )
  print(
    `longest hold by switch, ms: to the browser ${format(report.switchMs.toClient)}; to the server ${format(report.switchMs.toServer)}; from the operator's POST to the flip ${format(report.postToFlipMs)}`
  )
  print(`written: ${REPORT}`)
  for (const finding of findings.slice(0, FINDINGS_SHOWN)) print(colors.red(`  ${finding}`))
  if (findings.length > FINDINGS_SHOWN)
    print(colors.red(`  and ${findings.length - FINDINGS_SHOWN} more: ${join(FOLDER, "evidence.json")}`))
  print(broken.length === 0 ? colors.green("Every promise was kept.") : colors.red(`Not kept: ${broken.join("; ")}.`))
}

const format = (times: StoryReport["postToFlipMs"]): string =>
  times.length === 0 ? "-" : times.map((ms) => ms.toFixed(0)).join(" ")

function printAddresses({ place, adminToken }: Stage, windows: boolean): void {
  print("")
  print(
    `Everything stays up until Ctrl-C. The calendar: ${place.origin}${place.mount} and ${place.origin}${place.mount}team/${TEAM}/`
  )
  print(
    windows
      ? "Ann and Bob are signed in in the two windows."
      : `No display: sign in at ${place.origin}/_locum/sign-in, name Ann or Bob, group ${TEAM}, in a browser of yours.`
  )
  print(`The operator's console: ${place.origin}/_locum/console/ with the token ${adminToken}`)
  print("The operator's command: who would be covered, a maintenance that waits for you, its end, who is connected")
  print(`  export LOCUM_ORIGIN=${place.origin} LOCUM_ADMIN_TOKEN=${adminToken}`)
  for (const args of ["maintain --dry-run --release 2.0.0", "maintain --release 2.0.0", "resume", "clients"])
    print(`  build/cli/locum.mjs ${args}`)
}
