/**
 * Writers of a crash test: each has a tab, in which it makes one write after the other, by script or by a form, through whatever
 * serves the page. A tab that died with its browser is given a new one.
 */
import type { Frame, Page } from "playwright-core"
import type { Chance } from "./seeded.ts"
import type { WriteLog, WriteRequest } from "./write-log.ts"

const ANSWER_WITHIN_MS = 12_000
const PAUSE_MS = { least: 10, most: 90 }
const LOOK_AGAIN_MS = 50
const LOCAL_PAGE = /^chrome-extension:\/\/[a-p]{32}\/~/
/** Of ten writes, how many are those again whose fate is unknown, while there are such. */
const REPEATS_OF_TEN = 5

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** Makes one write in a tab; resolves with the status and text of what came, 0 when nothing did. */
type Send = (tab: Page, mount: string, request: WriteRequest) => Promise<readonly [number, string]>

/** Where a writer writes. */
export interface Desk {
  /** `http://127.0.0.1:8787/calendar/` */
  readonly mount: string
  readonly document: string
  /** `team/crew/` for a shared calendar, empty for one's own. */
  readonly below: string
}

/** The frame of a tab that shows the service's page. */
export const serviceFrame = (tab: Page, mount: string): Frame | undefined =>
  tab.frames().find((frame) => frame.url().startsWith(mount) || LOCAL_PAGE.test(frame.url()))

/** By script: the JSON API. */
export const byScript: Send = async (tab, mount, { path, key, fields }) => {
  const frame = serviceFrame(tab, mount)
  if (frame === undefined) return [0, `the tab shows ${tab.url().slice(0, 40)}`]
  return frame.evaluate(
    async ([url, idempotencyKey, body]): Promise<[number, string]> => {
      const headers = { "content-type": "application/json", "idempotency-key": idempotencyKey }
      try {
        const answer = await fetch(url, { method: "POST", headers, body })
        return [answer.status, await answer.text()]
      } catch (error) {
        return [0, String(error)]
      }
    },
    [mount + path, key, JSON.stringify(fields)] as const
  )
}

/** By a form: a navigation, whose answer is the page that shows what was written. */
export const byForm: Send = async (tab, mount, { path, key, fields, token }) => {
  const frame = serviceFrame(tab, mount)
  if (frame === undefined) return [0, `the tab shows ${tab.url().slice(0, 40)}`]
  await frame.evaluate(
    ([action, values]) => {
      const form = document.createElement("form")
      form.method = "post"
      form.action = action
      for (const [name, value] of values) {
        const field = document.createElement("input")
        field.type = "hidden"
        field.name = name
        field.value = value
        form.append(field)
      }
      document.body.append(form)
      form.submit()
    },
    [mount + path, Object.entries({ "locum-key": key, ...fields })] as const
  )
  for (;;) {
    const shown = await serviceFrame(tab, mount)
      ?.evaluate((text) => document.body.textContent.includes(text), token)
      .catch(() => false)
    if (shown === true) return [200, ""]
    if (tab.isClosed()) return [0, "the tab was closed"]
    await pause(LOOK_AGAIN_MS)
  }
}

export class Writer {
  readonly #desk: Desk
  readonly #send: Send
  readonly #log: WriteLog
  readonly #chance: Chance
  #tab: Page | null = null
  #openTab: () => Promise<Page>
  #isStopped = true
  #running: Promise<void> = Promise.resolve()
  #misses = 0

  constructor(desk: Desk, send: Send, log: WriteLog, chance: Chance, openTab: () => Promise<Page>) {
    this.#desk = desk
    this.#send = send
    this.#log = log
    this.#chance = chance
    this.#openTab = openTab
  }

  start(): void {
    this.#isStopped = false
    this.#running = this.#run()
  }

  /** Resolves when the write that is under way has ended. */
  stop(): Promise<void> {
    this.#isStopped = true
    return this.#running
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      await this.#once().catch(() => this.#miss())
      await pause(this.#chance.between(PAUSE_MS.least, PAUSE_MS.most))
    }
  }

  async #once(): Promise<void> {
    const { mount } = this.#desk
    if (this.#tab === null || this.#tab.isClosed()) {
      this.#tab = await inTime(this.#openTab())
      await this.#tab.goto(mount + this.#desk.below, { timeout: ANSWER_WITHIN_MS })
    }
    if (serviceFrame(this.#tab, mount) === undefined) return this.#miss()
    const request = this.#next()
    this.#log.sending(request)
    const [status, text] = await inTime(this.#send(this.#tab, mount, request)).catch(
      (error: unknown): readonly [number, string] => [0, String(error)]
    )
    this.#log.ended(request, status, text)
    this.#misses = status === 0 ? this.#misses + 1 : 0
    if (status === 0 && this.#send === byForm) await this.#leave()
  }

  #next(): WriteRequest {
    const { document, below } = this.#desk
    const path = below + (this.#send === byForm ? "events" : "api/events")
    const again = this.#chance.between(1, 10) <= REPEATS_OF_TEN ? this.#log.unknown(new RegExp(`^${path}$`)) : undefined
    const month = String(this.#chance.between(1, 12)).padStart(2, "0")
    return again ?? this.#log.write(document, path, `20${this.#chance.between(26, 60)}-${month}-05`)
  }

  /** A tab that shows no page of the service is given up after some looks. */
  async #miss(): Promise<void> {
    await pause(LOOK_AGAIN_MS)
    if (++this.#misses < 60) return
    await this.#leave()
  }

  async #leave(): Promise<void> {
    this.#misses = 0
    const tab = this.#tab
    this.#tab = null
    if (tab !== null) await inTime(tab.close()).catch(() => undefined) // With its browser it is gone already.
  }
}

/** A browser that is killed meanwhile can leave a call of Playwright's without an end. */
const inTime = async <T>(work: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, failed) => {
    timer = setTimeout(() => failed(new Error(`no answer in ${ANSWER_WITHIN_MS} ms`)), ANSWER_WITHIN_MS)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
