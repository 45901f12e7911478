import "../../scripts/simulation/world/ambient.ts"
import { existsSync, readFileSync } from "node:fs"
import { gunzipSync } from "node:zlib"
import * as v from "valibot"
import { expect, test } from "vitest"
import * as Y from "yjs"
import type { Typed } from "../../scripts/simulation/notes/notes-app.ts"
import type { Connection, SocketEnd } from "../../scripts/simulation/world/network.ts"
import type { Stage } from "../../scripts/simulation/stage.ts"
import { lead, pass, send, staged, verdictOf } from "../support/simulated.ts"

/** Recorded editing of others, beside the project's folder; a clone elsewhere has none. */
const TRACES = new URL("../../../shared/data/traces/", import.meta.url)
const isThere = existsSync(TRACES)
const why = isThere ? "" : ` (skipped: ${TRACES.pathname} is not there)`

const SLOW_MS = 900_000
const TEAM_DOCUMENT = "notes/team/a"

const PatchSchema = v.tuple([v.number(), v.number(), v.string()])
const TraceSchema = v.object({
  endContent: v.string(),
  txns: v.array(
    v.object({
      parents: v.optional(v.array(v.number()), []),
      agent: v.optional(v.number(), 0),
      patches: v.array(PatchSchema)
    })
  )
})
type Trace = v.InferOutput<typeof TraceSchema>

const readTrace = (name: string): Trace =>
  v.parse(TraceSchema, JSON.parse(gunzipSync(readFileSync(new URL(name, TRACES))).toString("utf8")))

const textAt = ({ edge }: Stage): string => {
  const doc = new Y.Doc()
  for (const update of edge.durableUpdates(TEAM_DOCUMENT)) Y.applyUpdate(doc, update)
  return doc.getText("text").toJSON()
}

/** What one person typed without anything new from the other. */
interface Passage {
  readonly agent: number
  /** How many passages of the other he had seen. */
  readonly seen: number
  readonly typed: Typed
}

/** Cuts a trace of two people wherever one of them sees something new, and wherever the other saw him that far and no farther. */
const passagesOf = ({ txns }: Trace): readonly Passage[] => {
  const seen = seenBy(txns)
  const ends = [new Set<number>(), new Set<number>()]
  for (const [index, { agent }] of txns.entries()) ends[1 - agent]?.add(seen[index]?.[1 - agent] ?? 0)
  const passages: { agent: number; seen: number; typed: Typed[number][] }[] = []
  const open: (number | null)[] = [null, null]
  /** How many passages each had when he had typed so many transactions. */
  const counts = [new Map([[0, 0]]), new Map([[0, 0]])]
  const made = [0, 0]
  for (const [index, { agent, patches }] of txns.entries()) {
    const [own = 0, others = 0] = [seen[index]?.[agent], seen[index]?.[1 - agent]]
    const passage = passages[open[agent] ?? -1]
    const needed = counts[1 - agent]?.get(others)
    if (needed === undefined) throw new Error(`transaction ${index} saw the middle of a passage`)
    if (passage !== undefined && passage.seen === needed) passage.typed.push(patches)
    else {
      open[agent] = passages.push({ agent, seen: needed, typed: [patches] }) - 1
      made[agent] = (made[agent] ?? 0) + 1
    }
    counts[agent]?.set(own, made[agent] ?? 0)
    if (ends[agent]?.has(own) === true) open[agent] = null
  }
  return passages
}

/** Of each transaction: how many of either person's it had seen, itself included. */
const seenBy = (txns: Trace["txns"]): readonly (readonly [number, number])[] => {
  const seen: [number, number][] = []
  for (const { parents, agent } of txns) {
    const before = parents.map((parent): readonly [number, number] => seen[parent] ?? [0, 0])
    const count: [number, number] = [Math.max(0, ...before.map(([a]) => a)), Math.max(0, ...before.map(([, b]) => b))]
    if (agent === 0) count[0]++
    else count[1]++
    seen.push(count)
  }
  return seen
}

/** A slow way: what one end says is let through piece by piece, so that the other has seen just so much. */
class SlowWay {
  readonly #transmit: SocketEnd["transmit"]
  readonly #counts: (frame: Uint8Array) => boolean
  readonly #held: Uint8Array<ArrayBuffer>[] = []
  #passed = 0

  /** @param counts which messages bring a passage */
  constructor(end: SocketEnd, counts: (frame: Uint8Array) => boolean) {
    this.#transmit = end.transmit
    this.#counts = counts
    end.transmit = (frame) => {
      if (typeof frame !== "string") this.#held.push(new Uint8Array(frame))
      this.upTo(this.#passed)
    }
  }

  upTo(count: number): void {
    for (let next = this.#held[0]; next !== undefined; next = this.#held[0]) {
      if (this.#counts(next) && this.#passed++ >= count) {
        this.#passed--
        return
      }
      this.#held.shift()
      this.#transmit(next.buffer)
    }
  }
}

const UNIT = 100
const isUnit = (frame: Uint8Array): boolean => frame[0] === UNIT
const isUpdate = (frame: Uint8Array): boolean => frame[0] === 0 && frame[1] === 2

const connectionOf = ({ network }: Stage, owner: string): readonly Connection[] =>
  network.open.filter((connection) => connection.belongsTo(owner) && connection.document === TEAM_DOCUMENT)

/** Plays a trace of two people, one at the server, one in a client under maintenance; the text that is at the server in the end. */
const playTwo = async (trace: Trace, seed: number): Promise<string> => {
  const stage = await staged(seed, ["ann", "bob"], "server")
  const [ann, bob] = stage.browsers
  if (ann === undefined || bob === undefined) throw new Error("two people were staged")
  stage.network.weather = { delayMs: 1, loss: 0 }
  bob.aim([{ match: "/notes/*", side: "client" }])
  await pass(stage, 2000)
  const [connection] = connectionOf(stage, bob.name)
  if (connection === undefined) throw new Error("bob is connected")
  const [up, down] = [new SlowWay(connection.near, isUnit), new SlowWay(connection.far, isUpdate)]
  for (const { agent, seen, typed } of passagesOf(trace)) {
    if (agent === 0) up.upTo(seen)
    else down.upTo(seen)
    await pass(stage, 12)
    expect((await send(stage, agent === 0 ? ann : bob, { edits: [], end: "succeed", typed })).from).toBe(
      agent === 0 ? "server" : "client"
    )
  }
  up.upTo(Infinity)
  down.upTo(Infinity)
  await pass(stage, 1000)
  await lead(stage, "server")
  const text = textAt(stage)
  expect((await verdictOf(stage)).problems).toEqual([])
  return text
}

const letters = (text: string): string => text.split("").toSorted().join("")

/** Where two people typed at one place at once, Yjs orders what they wrote by client ids, which are drawn. */
const SEEDS = [3, 4, 5, 6, 7, 8, 9, 10]

test.skipIf(!isThere)(
  `[SIM-4] [F46] a recorded trace of two people, one at the server, one in a client under maintenance, ends as it did${why}`,
  { timeout: SLOW_MS },
  async () => {
    const trace = readTrace("friendsforever.json.gz")
    for (const seed of SEEDS) {
      const text = await playTwo(trace, seed)
      // Whoever's came first, nothing is lost and nothing is doubled.
      expect(letters(text)).toBe(letters(trace.endContent))
      if (text === trace.endContent) return
    }
    expect.unreachable(`none of the orders that the seeds ${SEEDS.join(", ")} draw is the recorded one`)
  }
)

/** Most bytes that are written for a keystroke on either side, all copies and compactions together: no more for a long document. */
const MOST_BYTES_EACH = 100
/** Keystrokes of one request: what somebody types in some seconds. */
const KEYSTROKES = 50

test.skipIf(!isThere)(
  `[CLI-30] [SIM-4] 259,778 recorded keystrokes go through client, journal and edge, and read back equal${why}`,
  { timeout: SLOW_MS },
  async () => {
    const trace = readTrace("automerge-paper.json.gz")
    expect(trace.txns).toHaveLength(259_778)
    const stage = await staged(4, ["ann", "bob"], "client")
    const [ann] = stage.browsers
    if (ann === undefined) throw new Error("two people were staged")
    for (let start = 0; start < trace.txns.length; start += KEYSTROKES) {
      const typed = trace.txns.slice(start, start + KEYSTROKES).map(({ patches }) => patches)
      expect((await send(stage, ann, { edits: [], end: "succeed", typed })).from).toBe("client")
    }
    await lead(stage, "server")
    expect(textAt(stage)).toBe(trace.endContent)
    // Each byte that was written is stored a few times (journal, step, replica, compactions), however long the document is.
    const perKeystroke = [ann.disk.writtenBytes, stage.edge.storageOf(TEAM_DOCUMENT).writtenBytes].map(
      (bytes) => bytes / trace.txns.length
    )
    process.stdout.write(
      `bytes written for each keystroke, client and edge: ${perKeystroke.map((n) => n.toFixed(0)).join(", ")}\n`
    )
    expect(Math.max(...perKeystroke)).toBeLessThan(MOST_BYTES_EACH)
    expect((await verdictOf(stage)).problems).toEqual([])
  }
)
