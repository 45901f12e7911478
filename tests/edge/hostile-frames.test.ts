// What hostile and broken peers send, against the real object in workerd: their own socket closes with a code, and nothing else is harmed.
import { env, evictDurableObject, runInDurableObject, SELF } from "cloudflare:test"
import * as encoding from "lib0/encoding"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { encodeSyncUp, MAX_SYNC_MESSAGE_BYTES, MAX_UPDATE_BYTES } from "../../shared/sync/messages.ts"
import { endlessUpdate } from "../support/endless-update.ts"
import { open, plainUpdate, readBack, set } from "./document-support.ts"
import { newKey, ORIGIN, signIn, type TestSocket } from "./support.ts"

/** Against hanging; nothing here comes near it on a machine of its own. */
const GUARD_MS = 240_000

const varUints = (...numbers: readonly number[]): Uint8Array =>
  encoding.encode((encoder) => numbers.forEach((number) => encoding.writeVarUint(encoder, number)))

const repeated = (head: Uint8Array, part: readonly number[], count: number, tail: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(head.length + part.length * count + tail.length)
  bytes.set(head)
  for (let index = 0; index < count; index++) bytes.set(part, head.length + index * part.length)
  bytes.set(tail, bytes.length - tail.length)
  return bytes
}

const step1 = (stateVector: Uint8Array): Uint8Array =>
  encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, 0)
    encoding.writeVarUint(encoder, 0)
    encoding.writeVarUint8Array(encoder, stateVector)
  })

const awareness = (body: Uint8Array): Uint8Array =>
  encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, 1)
    encoding.writeVarUint8Array(encoder, body)
  })

const barrier = (id: number): Uint8Array => encodeSyncUp({ type: "barrier", id })

/** Whether this socket's document still answers, after all that was sent before. */
const answers = async (socket: TestSocket, id: number): Promise<boolean> => {
  socket.socket.send(barrier(id))
  return (await socket.sync("barrierDone")).id === id
}

/** The code with which a socket of its own closes over one frame. */
const codeOf = async (document: string, frame: Uint8Array | string): Promise<number> => {
  const socket = await open(document, "Mallory", document.split("/")[2])
  socket.socket.send(frame)
  return (await socket.closed()).code
}

test(
  "[F55] updates that are made to hang or to fill memory are refused before yjs sees them; who shares the document notices nothing",
  async () => {
    const document = "schedule/team/bombs"
    const good = await open(document, "Bob", "bombs")
    good.socket.send(plainUpdate(set("a", "1").update))
    expect(await answers(good, 1)).toBe(true)
    const bombs = [
      endlessUpdate(),
      varUints(1, 1_000_000_000, 7, 0, 0, 1),
      repeated(varUints(1, 7_900_000, 7, 0), [0, 1], 7_900_000, varUints(0)),
      repeated(varUints(0, 1, 7, 7_900_000), [0, 1], 7_900_000, varUints()),
      repeated(varUints(1, 1, 7, 0, 8, 1, 1, 0x61, 7_900_000), [118, 0], 7_900_000, varUints(0)),
      repeated(varUints(1, 1, 7, 0, 8, 1, 1, 0x61, 1), [117, 1], 7_900_000, varUints(0))
    ]
    for (const [index, bomb] of bombs.entries()) {
      const unit = encodeSyncUp({ type: "unit", seq: 1, update: bomb, answer: null })
      expect([index, await codeOf(document, plainUpdate(bomb))]).toEqual([index, 4422])
      expect([index, await codeOf(document, unit)]).toEqual([index, 4422])
      expect(await answers(good, 10 + index)).toBe(true)
    }
    expect((await readBack(document, "Bob", "bombs")).getMap("test").toJSON()).toEqual({ a: "1" })
  },
  GUARD_MS
)

test(
  "[F57] a frame of 33 MiB, and an update that is too long, close their socket; one of 2.1 MB is stored and comes back",
  async () => {
    const document = "schedule/team/long-frames"
    expect(await codeOf(document, new Uint8Array(33 * 1024 * 1024))).toBe(4413)
    expect(await codeOf(document, new Uint8Array(MAX_SYNC_MESSAGE_BYTES + 1))).toBe(4413)
    expect(await codeOf(document, plainUpdate(new Uint8Array(MAX_UPDATE_BYTES + 1)))).toBe(4422)
    const socket = await open(document, "Ann", "long-frames")
    socket.socket.send(plainUpdate(set("long", "x".repeat(2_100_000)).update))
    expect(await answers(socket, 1)).toBe(true)
    await evictDurableObject(env.DOCUMENTS.getByName(document))
    expect((await readBack(document, "Ann", "long-frames")).getMap<string>("test").get("long")?.length).toBe(2_100_000)
  },
  GUARD_MS
)

test(
  "[F58] a state vector of a billion clients closes its socket, whether it has their bytes or not",
  async () => {
    const document = "schedule/team/vectors"
    const good = await open(document, "Bob", "vectors")
    const claimed = varUints(1_000_000_000, 1, 1)
    const filled = repeated(varUints(11_000_000), [1, 1], 11_000_000, varUints())
    for (const stateVector of [claimed, filled, new Uint8Array(0), varUints(1, 2 ** 53 - 1)]) {
      expect(await codeOf(document, step1(stateVector))).toBe(4400)
      expect(await codeOf(document, encodeSyncUp({ type: "catchUp", id: 1, stateVector, answersSince: 0 }))).toBe(4400)
    }
    expect(await answers(good, 1)).toBe(true)
  },
  GUARD_MS
)

test("[F59] the key __proto__ is refused wherever a name can stand: as a key, a root, inside of a value, as a format", async () => {
  const document = "schedule/team/proto"
  const value = JSON.parse('{"a":{"__proto__":{"isOwner":true}}}') as object
  const hostile: readonly ((doc: Y.Doc) => void)[] = [
    (doc) => doc.getMap("test").set("__proto__", "x"),
    (doc) => doc.getMap("__proto__").set("a", "x"),
    (doc) => doc.getMap("test").set("a", value),
    (doc) => doc.getText("text").insert(0, "x", JSON.parse('{"__proto__":true}') as object),
    (doc) => doc.getMap("test").set("type", new Y.Map([["__proto__", 1]]))
  ]
  for (const [index, write] of hostile.entries()) {
    const doc = new Y.Doc()
    write(doc)
    expect([index, await codeOf(document, plainUpdate(Y.encodeStateAsUpdate(doc)))]).toEqual([index, 4422])
  }
  expect((await readBack(document, "Bob", "proto")).getMap("test").size).toBe(0)
  expect(Reflect.get({}, "isOwner")).toBeUndefined()
})

test("[F60] roots that are written as another type stay what the app takes them for, and its data stays", async () => {
  const headers = { Cookie: await signIn("Conny", "confused"), "Content-Type": "application/json" }
  const events = `${ORIGIN}/calendar/team/confused/api/events`
  const post = async (title: string): Promise<number> => {
    const answer = await SELF.fetch(events, {
      method: "POST",
      headers: { ...headers, "Idempotency-Key": newKey() },
      body: JSON.stringify({ title, date: "2026-11-24" })
    })
    await answer.text()
    return answer.status
  }
  const titles = async (): Promise<readonly string[]> => {
    const { events: all } = (await (await SELF.fetch(events, { headers })).json()) as { events: { title: string }[] }
    return all.map(({ title }) => title).toSorted()
  }
  expect(await post("before")).toBe(201)
  const socket = await open("schedule/team/confused", "Mallory", "confused")
  for (const root of ["records:events", "locum:keys", "locum:document"]) {
    const doc = new Y.Doc()
    doc.getText(root).insert(0, "text where a map should be", { bold: true })
    doc.getText(root).insertEmbed(0, { a: 1 })
    const other = new Y.Doc()
    other.getMap(root).set("schema", new Y.Text("no number"))
    other.getMap(root).set("a/b/c", new Y.Map([["value", 1]]))
    const third = new Y.Doc()
    third.getXmlFragment(root).insert(0, [new Y.XmlElement("p")])
    for (const confused of [doc, other, third]) socket.socket.send(plainUpdate(Y.encodeStateAsUpdate(confused)))
  }
  expect(await answers(socket, 1)).toBe(true)
  expect(await post("after")).toBe(201)
  expect(await titles()).toEqual(["after", "before"])
  await evictDurableObject(env.DOCUMENTS.getByName("schedule/team/confused"))
  expect(await post("reloaded")).toBe(201)
  expect(await titles()).toEqual(["after", "before", "reloaded"])
  const again = await open("schedule/team/confused", "Conny", "confused")
  expect((await again.sync("greeting")).schema).toBe(0)
})

test("[F61] an awareness message that no provider could read, or with more behind it, is not handed on", async () => {
  const document = "schedule/team/unaware"
  const listener = await open(document, "Bob", "unaware")
  const hostile = [
    awareness(new Uint8Array([1, 9])),
    awareness(varUints(1_000_000_000, 9, 1)),
    awareness(new Uint8Array([1, 9, 1, 1, 0x7b])),
    new Uint8Array([...awareness(new Uint8Array([1, 9, 1, 2, 0x7b, 0x7d])), 1, 2, 3]),
    new Uint8Array([3, ...new Uint8Array(4_000)])
  ]
  for (const [index, frame] of hostile.entries()) expect([index, await codeOf(document, frame)]).toEqual([index, 4400])
  for (const head of [1, 3])
    expect(await codeOf(document, new Uint8Array([head, ...new Uint8Array(20_000)]))).toBe(4400)
  expect(await answers(listener, 1)).toBe(true)
  const heard = listener.frames.filter((frame) => typeof frame !== "string" && (frame[0] === 1 || frame.length > 1000))
  expect(heard).toEqual([])
})

test(
  "[F63] evicted between every two messages of a session, the object goes on as if nothing had happened",
  async () => {
    const document = "schedule/team/sleepy"
    const evict = (): Promise<void> => evictDurableObject(env.DOCUMENTS.getByName(document))
    const [a, b] = [await open(document, "Ann", "sleepy"), await open(document, "Bob", "sleepy")]
    const doc = new Y.Doc()
    const updates: Uint8Array[] = []
    doc.on("update", (update: Uint8Array) => updates.push(update))
    for (let index = 0; index < 8; index++) doc.getMap("test").set(`k${index}`, index)
    for (const [index, update] of updates.entries()) {
      await evict()
      a.socket.send(encodeSyncUp({ type: "unit", seq: index + 1, update, answer: null }))
      a.socket.send(barrier(index))
      expect(await a.sync("barrierDone")).toMatchObject({ id: index, units: index + 1 })
      await evict()
      const told = await b.next((frame) =>
        typeof frame !== "string" && frame[0] === 0 && frame[1] === 2 ? frame : undefined
      )
      expect(told.length).toBeGreaterThan(update.length)
      b.socket.send(awareness(new Uint8Array([1, 9, 1, 2, 0x7b, 0x7d])))
      await a.next((frame) => (typeof frame !== "string" && frame[0] === 1 ? frame : undefined))
      await evict()
      b.socket.send(step1(varUints(0)))
      await b.next((frame) => (typeof frame !== "string" && frame[0] === 0 && frame[1] === 1 ? frame : undefined))
    }
    expect((await readBack(document, "Bob", "sleepy")).getMap("test").toJSON()).toEqual(doc.getMap("test").toJSON())
  },
  GUARD_MS
)

test("[F65] while storage throws nothing is broadcast, shown or acknowledged; afterwards everything can be sent again", async () => {
  const document = "schedule/team/broken"
  const stub = env.DOCUMENTS.getByName(document)
  const [writer, listener] = [await open(document, "Ann", "broken"), await open(document, "Bob", "broken")]
  writer.socket.send(plainUpdate(set("a", "1").update))
  expect(await answers(writer, 1)).toBe(true)
  await listener.next((frame) => (typeof frame !== "string" && frame[0] === 0 && frame[1] === 2 ? frame : undefined))
  await runInDurableObject(stub, (_, { storage }) => {
    storage.sql.exec("CREATE TRIGGER full BEFORE INSERT ON updates BEGIN SELECT RAISE(ABORT, 'disk full'); END")
  })
  const headers = {
    Cookie: await signIn("Ann", "broken"),
    "Content-Type": "application/json",
    "Idempotency-Key": newKey()
  }
  const post = async (): Promise<number> => {
    const body = JSON.stringify({ title: "unstored", date: "2026-11-24" })
    const answer = await SELF.fetch(`${ORIGIN}/calendar/team/broken/api/events`, { method: "POST", headers, body })
    await answer.text()
    return answer.status
  }
  const { update } = set("b", "2")
  writer.socket.send(encodeSyncUp({ type: "unit", seq: 1, update, answer: null }))
  expect(await writer.sync("refused")).toMatchObject({ code: 4500, seq: 1 })
  expect(await post()).toBe(503)
  expect(await answers(listener, 2)).toBe(true)
  expect(listener.frames.filter((frame) => typeof frame !== "string" && frame[0] === 0 && frame[1] === 2)).toEqual([])
  expect((await readBack(document, "Bob", "broken")).getMap("test").toJSON()).toEqual({ a: "1" })
  await runInDurableObject(stub, (_, { storage }) => void storage.sql.exec("DROP TRIGGER full"))
  const again = await open(document, "Ann", "broken")
  again.socket.send(encodeSyncUp({ type: "unit", seq: 1, update, answer: null }))
  expect(await answers(again, 3)).toBe(true)
  expect(await post()).toBe(201)
  await evictDurableObject(stub)
  const doc = await readBack(document, "Bob", "broken")
  expect([doc.getMap("test").toJSON(), doc.getMap("records:events").size > 0]).toEqual([{ a: "1", b: "2" }, true])
})
