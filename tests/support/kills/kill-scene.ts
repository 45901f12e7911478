/**
 * A real edge and a real browser with the built extension, whose processes are killed while people write: the service worker, the
 * sandbox's process, workerd and its group, the whole browser.
 */
import { until } from "../../../scripts/local/until.ts"
import { countWrites, type CountedWrites } from "../../../scripts/story/check/writes.ts"
import { differences, type Replica } from "../../../scripts/story/check/replicas.ts"
import { readClientStore } from "../../../scripts/story/stage/client-store.ts"
import { readEdgeReplica, readSession } from "../../../scripts/story/stage/edge-replica.ts"
import { clientServes, serverServes } from "../../../scripts/story/stage/standing-rules.ts"
import { tokensIn } from "../../../scripts/story/use/tokens.ts"
import { BrowserStage } from "../stage.ts"
import { killSandbox } from "./sandbox-process.ts"
import type { Chance } from "./seeded.ts"
import { WriteLog } from "./write-log.ts"
import { byForm, byScript, serviceFrame, Writer, type Desk } from "./writers.ts"

/** Which side serves while the kills happen; `away`: the client, and the server is not there. */
export type Mode = "client" | "away" | "server"

/** What is killed. */
export type Victim = "service worker" | "sandbox" | "edge" | "browser"

const MOUNT = "/calendar/"
const VERSION = "1.0.0"
const USER = "ann"
const TEAM = "crew"
const DOCUMENTS = [`schedule/user/${USER}`, `schedule/team/${TEAM}`]
const HOLDERS = new Map(DOCUMENTS.map((document) => [document, ["edge", USER]]))
const WITHIN_MS = 60_000
const MOST_AWAY_MS = 1200

export class KillScene {
  readonly #stage: BrowserStage
  readonly #chance: Chance
  readonly #cookie: string
  readonly #writers: readonly Writer[]
  readonly log: WriteLog

  private constructor(stage: BrowserStage, chance: Chance, cookie: string) {
    this.#stage = stage
    this.#chance = chance
    this.#cookie = cookie
    this.log = new WriteLog(USER, () => chance.key())
    const mount = stage.origin + MOUNT
    const own: Desk = { mount, document: `schedule/user/${USER}`, below: "" }
    const team: Desk = { mount, document: `schedule/team/${TEAM}`, below: `team/${TEAM}/` }
    const openTab = () => this.#stage.browser.context.newPage()
    this.#writers = [
      new Writer(own, byScript, this.log, chance, openTab),
      new Writer(team, byScript, this.log, chance, openTab),
      new Writer(team, byForm, this.log, chance, openTab)
    ]
  }

  /** Edge, browser, and somebody who is signed in for good. */
  static async set(chance: Chance): Promise<KillScene> {
    const stage = await BrowserStage.set({ version: VERSION })
    const page = await stage.signIn("Ann", TEAM)
    await stage.rules(serverServes(MOUNT))
    await page.goto(stage.origin + MOUNT)
    await stage.settled("server")
    const cookies = await stage.browser.context.cookies(stage.origin)
    // Cookies reach the disk late, but for a browser that ends in order; they are not what is tried here.
    await stage.browser.close()
    await stage.startBrowser()
    return new KillScene(stage, chance, cookies.map(({ name, value }) => `${name}=${value}`).join("; "))
  }

  write(): void {
    for (const writer of this.#writers) writer.start()
  }

  async rest(): Promise<void> {
    await Promise.all(this.#writers.map((writer) => writer.stop()))
  }

  /** Puts a mode in force; the edge must be there. */
  async enter(mode: Mode): Promise<void> {
    await this.#stage.rules(mode === "server" ? serverServes(MOUNT) : clientServes(MOUNT))
    await this.#stage.settled(mode === "server" ? "server" : "client")
    if (mode === "away") await this.#stage.killEdge()
  }

  /** The server is there again. */
  async leave(mode: Mode): Promise<void> {
    if (mode === "away") await this.#stage.startEdge(VERSION)
  }

  /** Kills, and starts again what does not start by itself; false when the victim was not there. */
  async kill(victim: Victim): Promise<boolean> {
    switch (victim) {
      case "service worker":
        if ((await this.#stage.browser.serviceWorker()) === undefined) return false
        await this.#stage.browser.stopServiceWorker()
        return true
      case "sandbox":
        return killSandbox(this.#stage.browser)
      case "edge":
        await this.#stage.killEdge()
        await new Promise((done) => setTimeout(done, this.#chance.between(0, MOST_AWAY_MS)))
        await this.#stage.startEdge(VERSION)
        return true
      case "browser":
        await this.#stage.restartBrowser()
        return true
    }
  }

  /** Tokens that were answered and that the side which serves does not show; to be asked while nobody writes. */
  async missingHere(): Promise<readonly string[]> {
    const tab = await this.#stage.browser.context.newPage()
    const mount = this.#stage.origin + MOUNT
    await tab.goto(mount)
    const shown = await until("an export", WITHIN_MS, async () =>
      serviceFrame(tab, mount)
        ?.evaluate(
          async (urls) => {
            const answers = await Promise.all(urls.map((url) => fetch(url)))
            if (!answers.every(({ ok }) => ok)) return undefined
            return (await Promise.all(answers.map((answer) => answer.text()))).join("")
          },
          [`${mount}api/export`, `${mount}team/${TEAM}/api/export`]
        )
        .catch(() => undefined)
    )
    await tab.close()
    const there = new Set(tokensIn(shown))
    return [...this.log.answered().values()].flat().filter((token) => !there.has(token))
  }

  /** Waits until every replica is the same and nothing is to be sent, then counts. */
  async count(): Promise<CountedWrites & { readonly different: readonly string[] }> {
    await this.enter("client")
    const { context, extensionId } = this.#stage.browser
    const store = await context.newPage()
    await store.goto(`chrome-extension://${extensionId}/manifest.json`)
    let replicas: readonly Replica[] = []
    const quiet = until("the replicas to be the same", WITHIN_MS, async () => {
      const { ticket } = await readSession(this.#stage.origin, this.#cookie)
      const here = await readClientStore(store, USER)
      const edge = await Promise.all(DOCUMENTS.map((name) => readEdgeReplica(this.#stage.origin, name, ticket)))
      replicas = [...edge, ...here.replicas]
      return here.unsent === 0 && differences(replicas, HOLDERS).length === 0 ? true : undefined
    })
    await quiet.catch(() => undefined) // What is still different is counted and told.
    return {
      ...countWrites(this.log.asked, replicas, HOLDERS, tokensIn),
      different: differences(replicas, HOLDERS)
    }
  }

  strike(): Promise<void> {
    return this.#stage.strike()
  }
}
