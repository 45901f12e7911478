import { env, evictDurableObject, runInDurableObject, SELF } from "cloudflare:test"
import * as encoding from "lib0/encoding"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { readVersion } from "../../shared/protocol/version.ts"
import { encodeSyncUp, type KeptAnswer } from "../../shared/sync/messages.ts"
import { open, plainUpdate, readBack, set } from "./document-support.ts"
import { newKey, openSocket, ORIGIN, signIn, ticketOf } from "./support.ts"

const answer = (effectiveKey: string, text: string): KeptAnswer => ({
  effectiveKey,
  status: 200,
  headers: [["content-type", "text/plain"]],
  body: new TextEncoder().encode(text),
  at: Date.now()
})

test("[SYN-3] [SYN-4] a unit is committed with its answer, and the barrier says so; a repeated key keeps its first answer", async () => {
  const document = "schedule/team/unit"
  const socket = await open(document, "Ann", "unit")
  expect((await socket.sync("greeting")).instance).toMatch(/^[0-9a-f-]{36}$/)
  const { update } = set("a", "1")
  socket.socket.send(encodeSyncUp({ type: "unit", seq: 1, update, answer: answer("k1", "first") }))
  socket.socket.send(encodeSyncUp({ type: "unit", seq: 2, update, answer: answer("k1", "second") }))
  socket.socket.send(encodeSyncUp({ type: "barrier", id: 7 }))
  expect(await socket.sync("barrierDone")).toMatchObject({ id: 7, units: 2 })
  socket.socket.send(encodeSyncUp({ type: "catchUp", id: 8, stateVector: new Uint8Array([0]), answersSince: 0 }))
  const { answers, update: all } = await socket.sync("caughtUp")
  expect(answers.map(({ effectiveKey, body }) => [effectiveKey, new TextDecoder().decode(body ?? undefined)])).toEqual([
    ["k1", "first"]
  ])
  const doc = new Y.Doc()
  Y.applyUpdate(doc, all)
  expect(doc.getMap("test").get("a")).toBe("1")
})

test("[DOC-6] a kept answer is told to its own user only", async () => {
  const document = "schedule/team/answers"
  const ann = await open(document, "Ann", "answers")
  ann.socket.send(encodeSyncUp({ type: "unit", seq: 1, update: set("a", "1").update, answer: answer("k1", "first") }))
  ann.socket.send(encodeSyncUp({ type: "barrier", id: 1 }))
  await ann.sync("barrierDone")
  const bob = await open(document, "Bob", "answers")
  bob.socket.send(encodeSyncUp({ type: "catchUp", id: 1, stateVector: new Uint8Array([0]), answersSince: 0 }))
  expect((await bob.sync("caughtUp")).answers).toEqual([])
})

test("[SYN-1] a peer that did not ask for Locum's messages sees the plain protocol", async () => {
  const socket = await openSocket(`/_locum/sync/schedule/team/blue?ticket=${await ticketOf("Ann", "blue")}`)
  const first = await socket.next((frame) => (typeof frame === "string" ? undefined : frame))
  expect([...first.subarray(0, 2)]).toEqual([0, 0])
  socket.socket.send(encodeSyncUp({ type: "barrier", id: 1 }))
  expect((await socket.closed()).code).toBe(4400)
})

test("a change of one socket reaches the other, and a page's listener", async () => {
  const document = "schedule/team/relay"
  const [a, b] = [await open(document, "Ann", "relay"), await open(document, "Bob", "relay")]
  a.socket.send(plainUpdate(set("a", "1").update))
  const update = await b.next((frame) =>
    typeof frame !== "string" && frame[0] === 0 && frame[1] === 2 ? frame : undefined
  )
  expect(update.length).toBeGreaterThan(10)
})

test("[F54] an update that depends on a missing one is not acknowledged", async () => {
  const document = "schedule/team/gap"
  const doc = new Y.Doc()
  const updates: Uint8Array[] = []
  doc.on("update", (update: Uint8Array) => updates.push(update))
  doc.getMap("test").set("a", "1")
  doc.getMap("test").set("b", "2")
  const [first, second] = updates
  if (first === undefined || second === undefined) throw new Error("two updates were made")
  const socket = await open(document, "Ann", "gap")
  socket.socket.send(plainUpdate(second))
  socket.socket.send(encodeSyncUp({ type: "barrier", id: 1 }))
  expect(await socket.sync("refused")).toMatchObject({ code: 4500 })
  expect((await socket.closed()).code).toBe(4500)
  expect((await readBack(document, "Ann", "gap")).getMap("test").size).toBe(0)
})

test("[F56] [F55] [F58] [F59] malformed and hostile frames close their own socket with a code, and the document is intact", async () => {
  const document = "schedule/team/bad"
  const good = await open(document, "Bob", "bad")
  good.socket.send(plainUpdate(set("a", "1").update))
  good.socket.send(encodeSyncUp({ type: "barrier", id: 1 }))
  await good.sync("barrierDone")
  const v2 = Y.convertUpdateFormatV1ToV2(set("b", "2").update)
  const hostile: (Uint8Array | string)[] = [
    "text",
    new Uint8Array(0),
    new Uint8Array([0]),
    new Uint8Array([0, 2]),
    new Uint8Array([0, 9, 0]),
    new Uint8Array([77, 1, 2, 3]),
    plainUpdate(new Uint8Array([])),
    plainUpdate(new Uint8Array([1])),
    plainUpdate(set("b", "2").update.subarray(0, 9)),
    plainUpdate(v2),
    plainUpdate(new Uint8Array([255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255])),
    new Uint8Array([0, 0, 5, 255, 255, 255, 255, 15]),
    plainUpdate(set("__proto__", "x").update),
    encodeSyncUp({ type: "unit", seq: 1, update: new Uint8Array([9, 9, 9]), answer: null })
  ]
  for (const [index, frame] of hostile.entries()) {
    const socket = await open(document, "Ann", "bad")
    socket.socket.send(frame)
    const { code } = await socket.closed()
    expect([index, code >= 4400 && code < 4500]).toEqual([index, true])
  }
  expect((await readBack(document, "Ann", "bad")).getMap("test").toJSON()).toEqual({ a: "1" })
})

test("[DOC-12] a bad update does not harm what others sent at the same time", async () => {
  const document = "schedule/team/mixed"
  const [a, b] = [await open(document, "Ann", "mixed"), await open(document, "Bob", "mixed")]
  const foreign = set("a", "1")
  a.socket.send(plainUpdate(foreign.update))
  a.socket.send(encodeSyncUp({ type: "barrier", id: 1 }))
  await a.sync("barrierDone")
  const forged = new Y.Doc()
  Y.applyUpdate(forged, foreign.update)
  forged.clientID = foreign.doc.clientID
  forged.getMap("test").set("stolen", "x")
  b.socket.send(plainUpdate(Y.encodeStateAsUpdate(forged)))
  a.socket.send(plainUpdate(set("c", "3").update))
  a.socket.send(encodeSyncUp({ type: "barrier", id: 2 }))
  expect(await a.sync("barrierDone")).toMatchObject({ id: 2 })
  expect((await b.closed()).code).toBe(4422)
  expect((await readBack(document, "Ann", "mixed")).getMap("test").toJSON()).toEqual({ a: "1", c: "3" })
})

test("[F62] a reading ticket's write is refused and told", async () => {
  const document = "schedule/team/blue"
  const socket = await open(document, "Ann", "blue", "?role=reader")
  socket.socket.send(plainUpdate(set("r", "1").update))
  expect(await socket.sync("refused")).toMatchObject({ code: 4403, text: "this ticket may read only" })
  expect((await socket.closed()).code).toBe(4403)
})

test("[F63] what was acknowledged is there after eviction, and the socket goes on", async () => {
  const document = "schedule/team/evict"
  const socket = await open(document, "Ann", "evict")
  const { instance } = await socket.sync("greeting")
  socket.socket.send(encodeSyncUp({ type: "unit", seq: 3, update: set("a", "1").update, answer: null }))
  socket.socket.send(encodeSyncUp({ type: "barrier", id: 1 }))
  await socket.sync("barrierDone")
  await evictDurableObject(env.DOCUMENTS.getByName(document))
  socket.socket.send(plainUpdate(set("b", "2").update))
  socket.socket.send(encodeSyncUp({ type: "barrier", id: 2 }))
  expect(await socket.sync("barrierDone")).toMatchObject({ id: 2, units: 3 })
  await evictDurableObject(env.DOCUMENTS.getByName(document))
  expect((await readBack(document, "Ann", "evict")).getMap("test").toJSON()).toEqual({ a: "1", b: "2" })
  const again = await open(document, "Ann", "evict")
  expect((await again.sync("greeting")).instance).toBe(instance)
})

test("[F61] a flood of awareness is limited, goes back to its sender, and does not load the document", async () => {
  const document = "schedule/team/flood"
  const [a, b] = [await open(document, "Ann", "flood"), await open(document, "Bob", "flood")]
  const awareness = (mark: number): Uint8Array =>
    encoding.encode((encoder) => {
      encoding.writeVarUint(encoder, 1)
      encoding.writeVarUint8Array(encoder, new Uint8Array([1, mark, 1, 2, 0x7b, 0x7d]))
    })
  for (let sent = 0; sent < 200; sent++) a.socket.send(awareness(1))
  a.socket.send(plainUpdate(set("end", "1").update))
  await b.next((frame) => (typeof frame !== "string" && frame[0] === 0 && frame[1] === 2 ? frame : undefined))
  const heard = b.frames.filter((frame) => typeof frame !== "string" && frame[0] === 1).length
  expect(heard).toBeGreaterThan(0)
  expect(heard).toBeLessThanOrEqual(120)
  expect(a.frames.some((frame) => typeof frame !== "string" && frame[0] === 1)).toBe(true)
  a.socket.send(new Uint8Array([1, 0x80, 0x80, 2, ...new Uint8Array(32_768)]))
  expect((await a.closed()).code).toBe(4413)
})

test("[F44] a document that was lost comes back as another instance", async () => {
  const document = "schedule/team/lost"
  const stub = env.DOCUMENTS.getByName(document)
  const { instance } = await (await open(document, "Ann", "lost")).sync("greeting")
  await runInDurableObject(stub, (_, state) => state.storage.deleteAll())
  await evictDurableObject(stub, { webSockets: "close" })
  expect((await (await open(document, "Ann", "lost")).sync("greeting")).instance).not.toBe(instance)
})

test("[DOC-15] a page that listens is told that its document changed", async () => {
  const cookie = await signIn("Lena", "ticks")
  const headers = { Cookie: cookie, Referer: `${ORIGIN}/calendar/team/ticks/` }
  const stream = await SELF.fetch(`${ORIGIN}/calendar/.locum/changes`, { headers })
  expect(stream.headers.get("Content-Type")).toBe("text/event-stream")
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
  expect((await reader?.read())?.value).toContain("retry:")
  const socket = await open("schedule/team/ticks", "Lena", "ticks")
  socket.socket.send(plainUpdate(set("a", "1").update))
  expect((await reader?.read())?.value).toBe("data: changed\n\n")
  await reader?.cancel()
})

test("[DOC-2] [DOC-3] a long update is stored in pieces, a long log is compacted, nothing is lost", async () => {
  const document = "schedule/team/long"
  const socket = await open(document, "Ann", "long")
  const long = "x".repeat(2_100_000)
  socket.socket.send(plainUpdate(set("long", long).update))
  socket.socket.send(encodeSyncUp({ type: "barrier", id: 1 }))
  await socket.sync("barrierDone")
  const doc = new Y.Doc()
  const updates: Uint8Array[] = []
  doc.on("update", (update: Uint8Array) => updates.push(update))
  for (let index = 0; index < 30; index++) doc.getMap("test").set(`k${index}`, "y".repeat(100_000))
  for (const [index, update] of updates.entries()) {
    socket.socket.send(encodeSyncUp({ type: "unit", seq: index + 1, update, answer: null }))
    socket.socket.send(encodeSyncUp({ type: "barrier", id: 100 + index }))
    await socket.sync("barrierDone")
  }
  await evictDurableObject(env.DOCUMENTS.getByName(document))
  const map = (await readBack(document, "Ann", "long")).getMap("test")
  expect([map.size, map.get("long") === long]).toEqual([31, true])
})

test("[EDG-9] [F36] a write repeated under its key is done once; answers with a token are traced", async () => {
  const headers = { Cookie: await signIn("Tracy"), "Content-Type": "application/json", "Idempotency-Key": newKey() }
  const body = JSON.stringify({ title: "Once", date: "2026-11-24" })
  const post = async (): Promise<readonly [number, string]> => {
    const response = await SELF.fetch(`${ORIGIN}/calendar/api/events?token=t1`, { method: "POST", headers, body })
    return [response.status, await response.text()]
  }
  const first = await post()
  expect(first[0]).toBeLessThan(300)
  expect(await post()).toEqual(first)
  await evictDurableObject(env.DOCUMENTS.getByName("schedule/user/tracy"))
  expect(await post()).toEqual(first)
  const list = await SELF.fetch(`${ORIGIN}/calendar/api/events?token=t2`, { headers })
  expect(((await list.json()) as { events: unknown[] }).events).toHaveLength(1)
  const trace = await SELF.fetch(`${ORIGIN}/_locum/trace`, { headers: { Authorization: "Bearer test-admin-token-0" } })
  const { rows } = (await trace.json()) as { rows: Record<string, unknown>[] }
  expect(rows.map(({ document, token, method, status }) => [document, token, method, status])).toEqual([
    ["schedule/user/tracy", "t1", "POST", first[0]],
    ["schedule/user/tracy", "t1", "POST", first[0]],
    ["schedule/user/tracy", "t1", "POST", first[0]],
    ["schedule/user/tracy", "t2", "GET", 200]
  ])
})

test("[EDG-2] the mount without its slash is the service's, as it is in the client", async () => {
  const headers = { Cookie: await signIn("Slasher"), Accept: "text/html" }
  const answer = await SELF.fetch(`${ORIGIN}/calendar`, { headers, redirect: "manual" })
  expect([answer.status, answer.headers.get("Location")]).toEqual([301, "/calendar/"])
})

test("[MOD-7] every answer says which document and which state it comes from, a write's the one with the write", async () => {
  const headers = { Cookie: await signIn("Vera"), "Content-Type": "application/json", "Idempotency-Key": newKey() }
  const ask = async (init: RequestInit) => {
    const response = await SELF.fetch(`${ORIGIN}/calendar/api/events`, { headers, ...init })
    await response.arrayBuffer()
    const version = readVersion(response.headers.get("Locum-Version") ?? "")
    expect(version?.document).toBe("schedule/user/vera")
    return [...Y.decodeStateVector(version?.stateVector ?? new Uint8Array([0])).values()].reduce((a, b) => a + b, 0)
  }
  const before = await ask({ method: "GET" })
  const body = JSON.stringify({ title: "Tea", date: "2026-11-26", start: "10:00", end: "11:00" })
  const written = await ask({ method: "POST", body })
  expect(written).toBeGreaterThan(before)
  expect(await ask({ method: "GET" })).toBe(written)
})
