import "../../scripts/simulation/world/ambient.ts"
import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { makeStage, type Stage } from "../../scripts/simulation/stage.ts"
import { Process } from "../../scripts/simulation/world/process.ts"
import { Random } from "../../scripts/simulation/world/random.ts"
import { SocketEnd } from "../../scripts/simulation/world/network.ts"
import { decodeSyncDown, encodeSyncUp, SYNC_MESSAGE, type SyncDown } from "../../shared/sync/messages.ts"
import { pass } from "../support/simulated.ts"
import { seed } from "../support/seed.ts"

const SLOW_MS = 120_000
const DOCUMENT = "notes/team/a"
const SYNC = 0
const STEP_1 = 0
const STEP_2 = 1
const UPDATE = 2

/** A peer that the test speaks for, straight on the socket. */
class RawPeer {
  readonly heard: SyncDown[] = []
  /** State vectors that the edge asked about. */
  readonly asked: Uint8Array[] = []
  readonly #socket = new SocketEnd()

  constructor({ world, edge }: Stage, user: string, locum: boolean) {
    const process = new Process(world, user)
    this.#socket.onmessage = ({ data }) => this.#hear(data as ArrayBuffer)
    const claim = {
      kind: "sync",
      service: "notes",
      document: DOCUMENT,
      user,
      standing: "editor",
      role: "editor",
      locum
    } as const
    edge.connect(process, this.#socket, claim)
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  say(message: Uint8Array): void {
    this.#socket.send(message)
  }

  sync(kind: number, body: Uint8Array): void {
    const message = encoding.encode((encoder) => {
      encoding.writeVarUint(encoder, SYNC)
      encoding.writeVarUint(encoder, kind)
      encoding.writeVarUint8Array(encoder, body)
    })
    this.say(message)
  }

  #hear(data: ArrayBuffer): void {
    const decoder = decoding.createDecoder(new Uint8Array(data))
    const type = decoding.readVarUint(decoder)
    if (type === SYNC && decoding.readVarUint(decoder) === STEP_1)
      this.asked.push(decoding.readVarUint8Array(decoder).slice())
    if (type >= SYNC_MESSAGE.greeting) this.heard.push(decodeSyncDown(type, decoder))
  }
}

const edgeDoc = ({ edge }: Stage): Y.Doc => {
  const doc = new Y.Doc()
  for (const update of edge.durableUpdates(DOCUMENT)) Y.applyUpdate(doc, update)
  return doc
}

/** What somebody wrote, and the updates that brought it, in order. */
const written = (count: number): { readonly doc: Y.Doc; readonly updates: readonly Uint8Array[] } => {
  const doc = new Y.Doc()
  const updates: Uint8Array[] = []
  doc.on("update", (update: Uint8Array) => updates.push(update))
  for (let index = 0; index < count; index++) {
    if (index % 3 === 2) doc.getArray("list").delete(0, 1)
    else doc.getArray("list").push([index])
    doc.getMap("map").set(`k${index % 5}`, index)
  }
  return { doc, updates }
}

test(
  "[F51] updates that are lost, doubled and reordered end in the state of updates that are not",
  { timeout: SLOW_MS },
  async () => {
    const random = new Random(seed())
    for (let round = 0; round < 20; round++) {
      const stage = makeStage(round, [])
      const peer = new RawPeer(stage, "ann", false)
      await stage.world.run(() => peer.isOpen, 1000)
      const { doc, updates } = written(30)
      const sent = updates
        .filter(() => !random.chance(0.2))
        .flatMap((update) => (random.chance(0.2) ? [update, update] : [update]))
        .map((update) => ({ update, at: random.fraction() }))
        .toSorted((a, b) => a.at - b.at)
      for (const { update } of sent) {
        peer.sync(UPDATE, update)
        await pass(stage, random.below(20))
      }
      await pass(stage, 200)
      // What the edge lacks it has asked for; the answer brings everything.
      const asked = peer.asked.at(-1)
      if (asked === undefined) throw new Error("the edge asks at least once")
      peer.sync(STEP_2, Y.encodeStateAsUpdate(doc, asked))
      await pass(stage, 200)
      const atEdge = edgeDoc(stage)
      expect(Y.equalSnapshots(Y.snapshot(atEdge), Y.snapshot(doc))).toBe(true)
      expect([atEdge.getArray("list").toJSON(), atEdge.getMap("map").toJSON()]).toEqual([
        doc.getArray("list").toJSON(),
        doc.getMap("map").toJSON()
      ])
      stage.end()
    }
  }
)

test(
  "[F54] a unit that depends on what is missing is never acknowledged; sent again after it, it is",
  { timeout: SLOW_MS },
  async () => {
    const stage = makeStage(1, [])
    const [first, second] = written(1).updates
    if (first === undefined || second === undefined) throw new Error("two updates were written")
    const hasty = new RawPeer(stage, "ann", true)
    await stage.world.run(() => hasty.isOpen, 1000)
    hasty.say(encodeSyncUp({ type: "unit", seq: 2, update: second, answer: null }))
    hasty.say(encodeSyncUp({ type: "barrier", id: 1 }))
    await pass(stage, 500)
    expect(hasty.heard.map(({ type }) => type)).toEqual(["greeting", "refused"])
    expect(hasty.heard[1]).toMatchObject({ code: 4500, seq: 2 })
    expect(hasty.isOpen).toBe(false)
    expect(edgeDoc(stage).getMap("map").toJSON()).toEqual({})
    const again = new RawPeer(stage, "ann", true)
    await stage.world.run(() => again.isOpen, 1000)
    for (const [index, update] of [first, second].entries())
      again.say(encodeSyncUp({ type: "unit", seq: index + 1, update, answer: null }))
    again.say(encodeSyncUp({ type: "barrier", id: 2 }))
    await pass(stage, 500)
    expect(again.heard.at(-1)).toMatchObject({ type: "barrierDone", id: 2, units: 2 })
    expect(edgeDoc(stage).getMap("map").toJSON()).toEqual({ k0: 0 })
    stage.end()
  }
)
