/**
 * The real thing to measure: the schedule on a real edge, at the origin that the built extension knows, behind the front;
 * and what an operator and a person do with it.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as v from "valibot"
import { startEdge, type EdgeProcess } from "../../scripts/local/edge-process.ts"
import { until } from "../../scripts/local/until.ts"
import { Operator } from "../../scripts/story/stage/operator.ts"
import { deployment, edgeVars, readPlace, type Place } from "../../scripts/story/stage/places.ts"
import { clientServes, serverServes } from "../../scripts/story/stage/standing-rules.ts"
import type { Side } from "../../shared/protocol/names.ts"
import type { Browser } from "./chromium.ts"
import type { Switch } from "./flips.ts"
import { startFront } from "./front.ts"
import type { Tab } from "./tab.ts"

export const EVENTS_PATH = "/calendar/api/events"
/** The page that people see first: this month, drawn as HTML by the app. */
export const SIMPLE_PAGE = "/calendar/"
/** Answered by the front, not by the edge: a small page, the same each time. */
export const CONSTANT_PATH = "/calendar/bench-constant"

/** Answered by the app as JSON: a page without any script of its own. */
export const QUIET_PATH = "/calendar/api/"

const CONSTANT = { type: "text/html", content: `<!doctype html><title>Constant</title><p>${"x".repeat(200)}` }
const ADMIN_TOKEN = "bench-admin-token-0001"
const SWITCH_WITHIN_MS = 20_000

/** The service while it runs. */
export interface Service {
  readonly edge: EdgeProcess
  /** The origin that the extension knows. */
  readonly origin: string
  /** The same server under a name that no service has: the extension leaves it alone. */
  readonly bareOrigin: string
  /** Posts a standing policy by which `side` serves everything; resolves when the client has carried it out. */
  serveFrom(side: Side): Promise<Switch>
  /** Takes the server away from the extension; under its own address the edge goes on. */
  goAway(): Promise<void>
  stop(): Promise<void>
}

const now = (): number => performance.timeOrigin + performance.now()

const startQuietEdge = async (folder: string): Promise<EdgeProcess> =>
  startEdge({
    folder,
    deployment: deployment("1.0.0"),
    vars: await edgeVars(ADMIN_TOKEN)
  })

/** True when every client has carried out policy `serial`; throws when one refused it. */
const isSettled = async (operator: Operator, service: string, serial: number): Promise<boolean> => {
  const clients = (await operator.clients(service)).filter(({ connected }) => connected)
  const refusing = clients.find(({ refused }) => refused >= serial)
  if (refusing !== undefined) throw new Error(`policy ${serial} was refused: ${JSON.stringify(refusing.refusal)}`)
  return clients.length > 0 && clients.every(({ settled }) => settled >= serial)
}

const serveFrom =
  (operator: Operator, { service, mount }: Place) =>
  async (side: Side): Promise<Switch> => {
    const postedAt = now()
    const rules = side === "client" ? clientServes(mount) : serverServes(mount)
    const { serial } = await operator.setPolicies(service, rules)
    await until(`policy ${serial} (${side} serves) to be carried out`, SWITCH_WITHIN_MS, async () =>
      (await isSettled(operator, service, serial)) ? true : undefined
    )
    return { to: side, postedAt, settledAt: now() }
  }

/** Starts edge and front. `onRequest` sees every request that reaches the server. */
export const startService = async (onRequest: (url: URL) => void = () => {}): Promise<Service> => {
  const place = readPlace()
  const { origin, port } = place
  const folder = await mkdtemp(join(tmpdir(), "locum-bench-edge-"))
  const edge = await startQuietEdge(folder)
  const front = { port, edgePort: edge.port, constants: { [CONSTANT_PATH]: CONSTANT }, onRequest }
  const known = await startFront("127.0.0.1", front)
  const fronts = [known, await startFront("127.0.0.2", front)]
  return {
    edge,
    origin,
    bareOrigin: `http://127.0.0.2:${port}`,
    serveFrom: serveFrom(new Operator(origin, ADMIN_TOKEN), place),
    goAway: () => known.stop(),
    stop: async () => {
      for (const one of fronts) await one.stop()
      await edge.kill()
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    }
  }
}

/** Opens a page of the service, signed in, as the form of the sign-in page does it. */
export const openSignedIn = async (browser: Browser, origin: string, path: string): Promise<Tab> => {
  const first = await browser.open(`${origin}${CONSTANT_PATH}`)
  await first.run(async () => {
    const body = new URLSearchParams({ name: "Anna", groups: "blue", return: "/_locum/session" })
    const response = await fetch("/_locum/sign-in", { method: "POST", body })
    if (!response.ok) throw new Error(`sign-in was answered ${response.status}: ${await response.text()}`)
  }, null)
  await first.close()
  return browser.open(`${origin}${path}`)
}

/** Opens the calendar at the service's own origin, signed in. */
export const openCalendar = ({ origin }: Service, browser: Browser): Promise<Tab> =>
  openSignedIn(browser, origin, SIMPLE_PAGE)

/** Opens a page of the service, signed in, that asks for nothing by itself; the calendar draws itself anew after every change. */
export const openQuietPage = ({ origin }: Service, browser: Browser): Promise<Tab> =>
  openSignedIn(browser, origin, CONSTANT_PATH)

/** Creates an event from the page's script; resolves to its id. */
export const addEvent = (page: Tab): Promise<string> =>
  page.run(async (path) => {
    const body = JSON.stringify({ title: "Weekly meeting", date: "2026-11-23", start: "09:30", place: "Room 4.12" })
    const response = await fetch(path, { method: "POST", body, headers: { "content-type": "application/json" } })
    const event: unknown = await response.json()
    if (typeof event === "object" && event !== null && "id" in event && typeof event.id === "string") return event.id
    throw new Error(`no event was created: ${response.status}`)
  }, EVENTS_PATH)

/** The path of an event in the API. */
export const eventOf = (id: string): string => `${EVENTS_PATH}/${id}`

const TitlesSchema = v.object({ events: v.array(v.object({ title: v.string() })) })

/** The titles of all events that the page's calendar has now. */
export const titlesOf = async (page: Tab): Promise<ReadonlySet<string | null>> => {
  const answer = await page.run(async (path): Promise<unknown> => (await fetch(path)).json(), EVENTS_PATH)
  return new Set(v.parse(TitlesSchema, answer).events.map(({ title }) => title))
}
