/** The stage: the edge, the prober, two people with browsers of their own, and the operator. Everything on it is real. */
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { type EdgeProcess, startEdge } from "../../local/edge-process.ts"
import { type Prober, startProber } from "../../local/prober.ts"
import { until } from "../../local/until.ts"
import type { Unwarned } from "../check/ledger.ts"
import type { Use } from "../use/pace.ts"
import { RequestLog } from "../use/request-log.ts"
import { type Actor, enter, signIn } from "./actor.ts"
import type { Cleanup } from "./cleanup.ts"
import { Operator } from "./operator.ts"
import { deployment, edgeVars, FOLDER, type Place, readPlace, tracingExtension } from "./places.ts"

const READY_WITHIN_MS = 60_000

export const TEAM = "crew"
export const BEFORE = "1.0.0"
export const AFTER = "2.0.0"

export interface Stage {
  readonly place: Place
  readonly operator: Operator
  readonly adminToken: string
  readonly prober: Prober
  readonly log: RequestLog
  readonly actors: readonly Actor[]
  /** When the edge was away without warning. */
  readonly unwarned: Unwarned[]
  /** When the edge was killed; `to` is Infinity while it is away. */
  readonly outages: { readonly from: number; to: number }[]
  /** Kills the edge's process group; resolves when its port refuses. */
  killEdge(): Promise<void>
  /** Starts the edge again on the same data. */
  startEdge(version: string): Promise<void>
  /** Starts everybody's use; resolves when it was started. */
  play(): void
  /** How fast people navigate, ms between two. */
  hurry(pageIntervalMs: number): void
  /** Ends the use; resolves when the last request has ended. Rejects with the driver's own failure, if there was one. */
  rest(): Promise<void>
}

/** How a stage is set. */
export interface StageOptions {
  readonly windows: boolean
  readonly say: (text: string) => void
  readonly cleanup: Cleanup
}

/** Sets the stage; afterwards both people are signed in, their extensions hold release 1.0.0, and nobody has asked anything. */
export async function setStage({ windows, say, cleanup }: StageOptions): Promise<Stage> {
  const place = readPlace()
  await rm(FOLDER, { recursive: true, force: true })
  const adminToken = `story-${crypto.randomUUID()}`
  const vars = { ...(await edgeVars(adminToken)), LOCUM_TRACE: "true" }
  const extension = tracingExtension()
  const launch = (version: string): Promise<EdgeProcess> =>
    startEdge({ deployment: deployment(version), vars, folder: join(FOLDER, "edge"), port: place.port })
  say(`the edge starts with release ${BEFORE} at ${place.origin}`)
  let edge: EdgeProcess | null = await launch(BEFORE)
  cleanup.add(async () => edge?.kill())
  const prober = await startProber(place.port)
  cleanup.add(() => prober.stop())

  const log = new RequestLog()
  const unwarned: Unwarned[] = []
  const roles = [
    { user: "ann", name: "Ann", others: ["bob"] },
    { user: "bob", name: "Bob", others: ["ann"] }
  ]
  say("two people sign in, each in a browser of their own")
  const signedIn = await Promise.all(
    roles.map(async (role) => {
      const one = await signIn(place, { ...role, team: TEAM, unwarned, log, windows, extension })
      cleanup.add(() => one.browser.close())
      return one
    })
  )
  const operator = new Operator(place.origin, adminToken)
  say(`their browsers fetch and verify release ${BEFORE}`)
  await clientsAre({ operator, place }, READY_WITHIN_MS, ({ running }) => running === `${place.service}@${BEFORE}`)
  log.step = "enter"
  const actors = await Promise.all(signedIn.map((one) => enter(place, one)))

  const outages: { from: number; to: number }[] = []
  let uses: readonly (readonly Use[])[] = []
  let driverFailure: unknown
  return {
    place,
    operator,
    adminToken,
    prober,
    log,
    actors,
    unwarned,
    outages,
    killEdge: async () => {
      outages.push({ from: Date.now(), to: Infinity })
      await edge?.kill()
      edge = null
    },
    startEdge: async (version) => {
      edge = await launch(version)
      const outage = outages.at(-1)
      if (outage) outage.to = Date.now()
    },
    play: () => {
      uses = actors.map((actor) =>
        actor.start((error) => {
          driverFailure ??= error
          say(`the driver failed: ${String(error)}`)
        })
      )
    },
    hurry: (ms) => {
      for (const [, pages] of uses) pages?.setInterval(ms)
    },
    rest: async () => {
      await Promise.all(uses.flat().map((use) => use.stop()))
      if (driverFailure !== undefined) throw driverFailure
    }
  }
}

type Client = Awaited<ReturnType<Operator["clients"]>>[number]

/** Waits until both people's browsers are connected and as they should be. */
export async function clientsAre(
  { operator, place }: Pick<Stage, "operator" | "place">,
  withinMs: number,
  isRight: (client: Client) => boolean
): Promise<readonly Client[]> {
  let last: readonly Client[] = []
  const refusals = new Set<string>()
  try {
    return await until("both browsers", withinMs, async () => {
      last = await operator.clients(place.service)
      for (const { subject, refused, refusal } of last)
        if (refusal !== null) refusals.add(`${subject} refused ${refused}: ${JSON.stringify(refusal)}`)
      const right = last.filter((client) => Boolean(client.connected) && isRight(client))
      return right.length >= 2 ? right : undefined
    })
  } catch (error) {
    const told = [...refusals, `the edge knows of ${JSON.stringify(last)}`].join("; ")
    throw new Error(`${String(error)}; ${told}`, { cause: error })
  }
}
