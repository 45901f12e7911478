/** What one sees while the story is played: a line for each step, and a live count of requests by side. */
import colors from "picocolors"
import type { StepRow } from "../check/report.ts"

const REFRESH_MS = 1_000

/** The counts that are shown live. */
export interface LiveCount {
  readonly asked: number
  readonly server: number
  readonly client: number
  /** Failed, or wrong in its content. */
  readonly wrong: number
}

export class Timeline {
  readonly startedAt = Date.now()
  readonly #steps: { name: string; fromMs: number; tookMs: number }[] = []
  readonly #count: () => Promise<LiveCount>
  readonly #timer: NodeJS.Timeout
  #live = ""

  /** @param count gives the requests so far; asked once a second */
  constructor(count: () => Promise<LiveCount>) {
    this.#count = count
    this.#timer = setInterval(() => void this.#refresh(), REFRESH_MS)
  }

  /** Begins a step and ends the one before. */
  step(name: string): void {
    this.#endStep()
    this.#steps.push({ name, fromMs: Date.now() - this.startedAt, tookMs: 0 })
    this.say(colors.bold(name))
  }

  /** A line of its own, with the time since the story began. */
  say(text: string): void {
    const time = ((Date.now() - this.startedAt) / 1000).toFixed(1).padStart(6)
    this.#erase()
    process.stdout.write(`${colors.dim(time)} ${text}\n`)
    this.#show()
  }

  end(): readonly Omit<StepRow, "bySide">[] {
    this.#endStep()
    clearInterval(this.#timer)
    this.#erase()
    return this.#steps
  }

  /** The step that runs now. */
  get current(): string {
    return this.#steps.at(-1)?.name ?? ""
  }

  #endStep(): void {
    const last = this.#steps.at(-1)
    if (last && last.tookMs === 0) last.tookMs = Date.now() - this.startedAt - last.fromMs
  }

  async #refresh(): Promise<void> {
    const { asked, server, client, wrong } = await this.#count()
    const underWay = Math.max(0, asked - server - client)
    this.#live = `${asked} requests · server ${server} · client ${client} · under way ${underWay} · wrong ${wrong}`
    if (process.stdout.isTTY) return this.#show()
    const seconds = Math.round((Date.now() - this.startedAt) / 1000)
    if (seconds % 5 === 0) this.say(colors.dim(this.#live))
  }

  #show(): void {
    if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K${colors.cyan(this.#live)}`)
  }

  #erase(): void {
    if (process.stdout.isTTY) process.stdout.write("\r\u001b[K")
  }
}
