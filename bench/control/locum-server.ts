/**
 * Locum's edge with control clients: what is told is a maintenance, from the operator's POST until everybody has taken over, and its
 * abort, from that POST until everybody has given back.
 */
import { randomBytes } from "node:crypto"
import * as v from "valibot"
import type { EdgeProcess } from "../../scripts/local/edge-process.ts"
import { signInByForm } from "../../scripts/local/sign-in.ts"
import { Operator } from "../../scripts/story/stage/operator.ts"
import { deployment, edgeVars, readPlace, type Place } from "../../scripts/story/stage/places.ts"
import { FlipClient } from "./flip-client.ts"
import {
  Flips,
  inParallel,
  inTime,
  type ControlPeer,
  type ControlServer,
  type PolicyMessage,
  type Told
} from "./peer.ts"
import { startShardedEdge } from "./sharded-edge.ts"

const ADMIN_TOKEN = "bench-admin-token-0001"
const RELEASE = "1.0.0"

const SessionSchema = v.object({ ticket: v.string() })
const StepSchema = v.object({ state: v.string() })
const IdSchema = v.object({ id: v.string() })

/** The steps of a maintenance as they are announced. */
class Steps {
  readonly #reached = new Map<string, PromiseWithResolvers<void>>()

  /** Follows it until it is over. */
  async follow(origin: string, id: string): Promise<void> {
    const answer = await fetch(`${origin}/_locum/maintenance/${id}/events`, { headers: admin })
    let rest = ""
    for await (const part of (answer.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      const lines = (rest + part).split("\n")
      rest = lines.pop() ?? ""
      for (const line of lines)
        if (line.startsWith("data: ")) this.#at(v.parse(StepSchema, JSON.parse(line.slice(6))).state).resolve()
    }
  }

  reach(state: string): Promise<void> {
    return inTime(`the state ${state}`, this.#at(state).promise)
  }

  #at(state: string): PromiseWithResolvers<void> {
    const known = this.#reached.get(state) ?? Promise.withResolvers<void>()
    this.#reached.set(state, known)
    return known
  }
}

const admin = { authorization: `Bearer ${ADMIN_TOKEN}` }

/** @param shards over how many objects the control sockets are spread */
export const locum = (shards: number): ControlPeer => ({
  name: `locum, ${shards}`,
  start: async (folder) => {
    const vars = { ...(await edgeVars(ADMIN_TOKEN)), LOCUM_TRACE: "false" }
    const edge = await startShardedEdge(shards, folder, { deployment: deployment(RELEASE), vars })
    return new LocumServer(edge, readPlace())
  }
})

class LocumServer implements ControlServer {
  readonly #edge: EdgeProcess
  readonly #place: Place
  readonly #clients: FlipClient[] = []
  #flips = new Flips(0)
  #isFlip = (_temporary: string | null): boolean => false

  constructor(edge: EdgeProcess, place: Place) {
    this.#edge = edge
    this.#place = place
  }

  async connect(count: number): Promise<void> {
    const { origin } = this.#edge
    const cookie = await signInByForm(origin, "Anna", "")
    const answer = await fetch(`${origin}/_locum/session`, { headers: { cookie } })
    const { ticket } = v.parse(SessionSchema, await answer.json())
    await inParallel(count, async () => {
      const client = await FlipClient.connect({
        place: this.#place,
        origin,
        client: randomBytes(16).toString("hex"),
        ticket,
        running: `${this.#place.service}@${RELEASE}`,
        onFlip: ({ temporary }) => {
          if (this.#isFlip(temporary)) this.#flips.add()
        }
      })
      this.#clients.push(client)
    })
    await this.#allKnown()
  }

  async tell(): Promise<readonly Told[]> {
    const { service, mount } = this.#place
    const request = { service, urls: [`${mount}*`], order: ["server"], release: `${service}@2.0.0`, deadline: "10m" }
    const steps = new Steps()
    const begun = this.#expect((temporary) => temporary !== null)
    const { id } = v.parse(IdSchema, await this.#post("/_locum/maintenance", request))
    const following = steps.follow(this.#edge.origin, id)
    await steps.reach("closing")
    const takeover = { knownMs: begun.elapsedMs, flips: await begun.all() }
    await steps.reach("waiting")
    const ended = this.#expect((temporary) => temporary === null)
    await this.#post(`/_locum/maintenance/${id}/abort`, {})
    await steps.reach("finished")
    const giveBack = { knownMs: ended.elapsedMs, flips: await ended.all() }
    await following
    return [takeover, giveBack]
  }

  lastPolicy(): PolicyMessage | null {
    return this.#clients[0]?.lastPolicy ?? null
  }

  async kill(): Promise<void> {
    for (const client of this.#clients) client.close()
    await this.#edge.kill()
  }

  #expect(isFlip: (temporary: string | null) => boolean): Flips {
    this.#isFlip = isFlip
    this.#flips = new Flips(this.#clients.length)
    return this.#flips
  }

  /** Nothing of the greeting is still on its way when the measuring begins. */
  async #allKnown(): Promise<void> {
    const operator = new Operator(this.#edge.origin, ADMIN_TOKEN)
    const isKnown = async (): Promise<boolean> => {
      const known = await operator.clients(this.#place.service)
      return known.filter(({ connected, settled }) => Boolean(connected) && settled > 0).length >= this.#clients.length
    }
    const look = async (): Promise<void> => {
      while (!(await isKnown())) await new Promise((done) => setTimeout(done, 200))
    }
    await inTime("the edge to know all clients", look())
  }

  async #post(path: string, body: object): Promise<unknown> {
    const init = { method: "POST", headers: admin, body: JSON.stringify(body) }
    const answer = await inTime(path, fetch(this.#edge.origin + path, init))
    const text = await answer.text()
    if (!answer.ok) throw new Error(`POST ${path} was answered ${answer.status}: ${text.slice(0, 300)}`)
    return JSON.parse(text)
  }
}
