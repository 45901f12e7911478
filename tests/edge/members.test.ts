import { env, evictDurableObject, runInDurableObject, SELF } from "cloudflare:test"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { encodeSyncUp } from "../../shared/sync/messages.ts"
import { ADMIN, newKey, openSocket, ORIGIN, sessionOf, signIn, ticketOf, type TestSocket } from "./support.ts"

const ask = (method: string, path: string, cookie: string, body?: string): Promise<Response> =>
  SELF.fetch(ORIGIN + path, {
    method,
    headers: { Cookie: cookie, "Content-Type": "application/json", "Idempotency-Key": newKey() },
    redirect: "manual",
    ...(body === undefined ? {} : { body })
  })

const EVENT = JSON.stringify({ title: "x", date: "2026-11-24" })

/** Sets somebody's role, as whoever has the cookie. */
const setRole = (cookie: string, document: string, subject: string, role: string): Promise<Response> =>
  ask("PUT", `/_locum/members/${document}/${subject}`, cookie, JSON.stringify({ role }))
const remove = (cookie: string, document: string, subject: string): Promise<Response> =>
  ask("DELETE", `/_locum/members/${document}/${subject}`, cookie)

const setUpdate = (key: string): Uint8Array => {
  const doc = new Y.Doc()
  doc.getMap("test").set(key, "1")
  return Y.encodeStateAsUpdate(doc)
}

const open = async (document: string, name: string, groups = "", query = ""): Promise<TestSocket> =>
  openSocket(`/_locum/sync/${document}?locum=1&ticket=${await ticketOf(name, groups, query)}`)

/** Sends a unit and what becomes of it: the barrier's number, or the refusal's code. */
const send = (socket: TestSocket, key: string, seq = 1): void =>
  socket.socket.send(encodeSyncUp({ type: "unit", seq, update: setUpdate(key), answer: null }))

const roleIn = async (cookie: string, document: string): Promise<string | undefined> =>
  (await sessionOf(cookie)).services[0]?.documents.find((entry) => entry.document === document)?.role

test("[DOC-17] [APP-14] the first who comes by his group owns the document, the next edit it", async () => {
  const document = "schedule/team/first"
  const [ann, bob] = [await signIn("Ann", "first"), await signIn("Bob", "first")]
  expect((await ask("GET", "/calendar/team/first/", ann)).status).toBe(200)
  expect((await ask("GET", "/calendar/team/first/", bob)).status).toBe(200)
  const answer = await ask("GET", `/_locum/members/${document}`, ann)
  expect(await answer.json()).toMatchObject({
    members: [{ subject: "ann", word: "owner" }],
    changes: [{ subject: "ann", before: null, word: "owner", who: "the first of the group" }]
  })
  await expect.poll(() => roleIn(ann, document)).toBe("owner")
  expect(await roleIn(bob, document)).toBe("editor")
})

test("[DOC-20] owners and admins list, set and remove members, nobody else does; who did it is recorded", async () => {
  const document = "schedule/team/api"
  const [ann, bob, eve] = [await signIn("Ann", "api"), await signIn("Bob", "api"), await signIn("Eve")]
  await ask("GET", "/calendar/team/api/", ann)
  expect((await setRole(ann, document, "carl", "reader")).status).toBe(200)
  expect((await setRole(bob, document, "bob", "owner")).status).toBe(403)
  expect((await ask("GET", `/_locum/members/${document}`, bob)).status).toBe(403)
  expect((await ask("GET", `/_locum/members/${document}`, eve)).status).toBe(403)
  expect((await SELF.fetch(`${ORIGIN}/_locum/members/${document}`)).status).toBe(401)
  expect((await setRole(ann, document, "carl", "king")).status).toBe(400)
  expect((await setRole(ann, document, "carl", "removed")).status).toBe(400)
  expect((await setRole(ann, "schedule/user/ann", "bob", "reader")).status).toBe(404)
  const evil = { Cookie: ann, Origin: "https://evil.example" }
  expect(
    (await SELF.fetch(`${ORIGIN}/_locum/members/${document}/carl`, { method: "DELETE", headers: evil })).status
  ).toBe(403)
  const byAdmin = await SELF.fetch(`${ORIGIN}/_locum/members/${document}/dora`, {
    method: "PUT",
    headers: ADMIN,
    body: '{"role":"editor"}'
  })
  expect(byAdmin.status).toBe(200)
  const listed = await SELF.fetch(`${ORIGIN}/_locum/members/${document}`, { headers: ADMIN })
  expect(await listed.json()).toMatchObject({
    members: [
      { subject: "ann", word: "owner" },
      { subject: "carl", word: "reader" },
      { subject: "dora", word: "editor" }
    ],
    changes: [{ subject: "ann" }, { subject: "carl", who: "ann" }, { subject: "dora", who: "admin: admin token" }]
  })
})

test("[DOC-20] a document that has an owner keeps one", async () => {
  const document = "schedule/team/last"
  const ann = await signIn("Ann", "last")
  await ask("GET", "/calendar/team/last/", ann)
  expect((await remove(ann, document, "ann")).status).toBe(409)
  expect((await setRole(ann, document, "ann", "reader")).status).toBe(409)
  expect((await setRole(ann, document, "bob", "owner")).status).toBe(200)
  expect((await remove(ann, document, "ann")).status).toBe(200)
  expect((await ask("GET", "/calendar/team/last/", ann)).status).toBe(403)
})

test("[EDG-11] [IDN-7] who was invited without the group comes in, reads by a reading ticket, and is gone when he is removed", async () => {
  const document = "schedule/team/guests"
  const [ann, carl] = [await signIn("Ann", "guests"), await signIn("Carl")]
  await ask("GET", "/calendar/team/guests/", ann)
  expect((await ask("GET", "/calendar/team/guests/", carl)).status).toBe(403)
  await setRole(ann, document, "carl", "reader")
  await expect.poll(() => roleIn(carl, document)).toBe("reader")
  expect((await ask("GET", "/calendar/team/guests/", carl)).status).toBe(200)
  const socket = await open(document, "Carl", "", `?document=${encodeURIComponent(document)}`)
  send(socket, "a")
  expect(await socket.sync("refused")).toMatchObject({ code: 4403, text: "this ticket may read only", seq: 1 })
  await remove(ann, document, "carl")
  await expect.poll(() => roleIn(carl, document)).toBeUndefined()
  expect((await ask("GET", "/calendar/team/guests/", carl)).status).toBe(403)
  expect((await (await open(document, "Carl")).closed()).code).toBe(4403)
})

test("[DOC-18] [F62] a reader reads; his write is 403, and the app is not asked", async () => {
  const document = "schedule/team/read"
  const [ann, bob] = [await signIn("Ann", "read"), await signIn("Bob", "read")]
  await ask("GET", "/calendar/team/read/", ann)
  await setRole(ann, document, "bob", "reader")
  expect((await ask("GET", "/calendar/team/read/", bob)).status).toBe(200)
  const refused = await ask("POST", "/calendar/team/read/api/events?token=reader", bob, EVENT)
  expect([refused.status, await refused.text()]).toEqual([403, `You may read ${document}, not change it.\n`])
  // An address that the app would answer with 404: it was not asked.
  expect((await ask("POST", "/calendar/team/read/no/such/page", bob, "x")).status).toBe(403)
  expect((await ask("POST", "/calendar/team/read/api/events", ann, EVENT)).status).toBe(201)
  const traced = await runInDurableObject(env.DOCUMENTS.getByName(document), (_, state) =>
    state.storage.sql.exec("SELECT token, status FROM trace").toArray()
  )
  expect(traced).toEqual([{ token: "reader", status: 403 }])
})

test("[DOC-18] [F62] a membership that became a reader's counts for the update that arrives then, on an open socket, after hibernation, too", async () => {
  const document = "schedule/team/meanwhile"
  const ann = await signIn("Ann", "meanwhile")
  await (await ask("GET", "/calendar/team/meanwhile/", ann)).text()
  const bob = await open(document, "Bob", "meanwhile")
  send(bob, "before")
  bob.socket.send(encodeSyncUp({ type: "barrier", id: 1 }))
  expect(await bob.sync("barrierDone")).toMatchObject({ units: 1 })
  await (await setRole(ann, document, "bob", "reader")).text()
  await evictDurableObject(env.DOCUMENTS.getByName(document))
  send(bob, "after", 2)
  expect(await bob.sync("refused")).toMatchObject({
    code: 4403,
    text: `You may read ${document}, not change it.`,
    seq: 2
  })
  expect((await bob.closed()).code).toBe(4403)
  const reading = await open(document, "Bob", "meanwhile")
  reading.socket.send(encodeSyncUp({ type: "catchUp", id: 1, stateVector: new Uint8Array([0]), answersSince: 0 }))
  const doc = new Y.Doc()
  Y.applyUpdate(doc, (await reading.sync("caughtUp")).update)
  expect(doc.getMap("test").toJSON()).toEqual({ before: "1" })
})

test("[DOC-19] the open sockets and change streams of a removed member are closed, in spite of his group", async () => {
  const document = "schedule/team/out"
  const [ann, bob] = [await signIn("Ann", "out"), await signIn("Bob", "out")]
  await ask("GET", "/calendar/team/out/", ann)
  const [socket, other] = [await open(document, "Bob", "out"), await open(document, "Ann", "out")]
  await socket.sync("greeting")
  const stream = await SELF.fetch(`${ORIGIN}/calendar/.locum/changes?document=${document}`, {
    headers: { Cookie: bob }
  })
  const reader = stream.body?.getReader()
  expect((await reader?.read())?.done).toBe(false)
  await remove(ann, document, "bob")
  expect(await socket.sync("refused")).toMatchObject({ code: 4403, text: `${document} is not yours to open` })
  expect((await socket.closed()).code).toBe(4403)
  expect((await reader?.read())?.done).toBe(true)
  expect((await ask("GET", "/calendar/team/out/", bob)).status).toBe(403)
  other.socket.send(encodeSyncUp({ type: "barrier", id: 1 }))
  expect(await other.sync("barrierDone")).toMatchObject({ id: 1 })
})

test("[F66] an expired or forged ticket, or one for another document, closes the socket with its code", async () => {
  const ticket = await ticketOf("Ann", "sixty", "?document=schedule%2Fteam%2Fsixty")
  const [head = "", payload = "", signature = ""] = ticket.split(".")
  const claims = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/"))) as Record<string, unknown>
  const forged = btoa(JSON.stringify({ ...claims, document: "schedule/user/bob" })).replace(/=+$/, "")
  const codeOf = async (document: string, value: string): Promise<number> =>
    (await (await openSocket(`/_locum/sync/${document}?ticket=${value}`)).closed()).code
  expect(await codeOf("schedule/user/bob", `${head}.${forged}.${signature}`)).toBe(4401)
  expect(await codeOf("schedule/user/ann", ticket)).toBe(4403)
  const none = btoa(JSON.stringify({ alg: "none" })).replace(/=+$/, "")
  expect(await codeOf("schedule/team/sixty", `${none}.${payload}.`)).toBe(4401)
})

test("[F75] new structs under a Yjs client id that belongs to somebody else, or at a clock that was used, are refused or change nothing", async () => {
  const document = "schedule/team/ids"
  const [ann, bob] = [await open(document, "Ann", "ids"), await open(document, "Bob", "ids")]
  const mine = new Y.Doc()
  mine.getMap("test").set("a", "Ann's")
  ann.socket.send(encodeSyncUp({ type: "unit", seq: 1, update: Y.encodeStateAsUpdate(mine), answer: null }))
  ann.socket.send(encodeSyncUp({ type: "barrier", id: 1 }))
  await ann.sync("barrierDone")
  const reused = new Y.Doc()
  reused.clientID = mine.clientID
  reused.getMap("test").set("a", "another beginning under the same id")
  // Ann herself, from a copy that has forgotten: what the edge has stays.
  ann.socket.send(encodeSyncUp({ type: "unit", seq: 2, update: Y.encodeStateAsUpdate(reused), answer: null }))
  ann.socket.send(encodeSyncUp({ type: "catchUp", id: 2, stateVector: new Uint8Array([0]), answersSince: 0 }))
  const held = new Y.Doc()
  Y.applyUpdate(held, (await ann.sync("caughtUp")).update)
  expect(held.getMap("test").toJSON()).toEqual({ a: "Ann's" })
  reused.getMap("test").set("b", "in Ann's name")
  bob.socket.send(encodeSyncUp({ type: "unit", seq: 1, update: Y.encodeStateAsUpdate(reused), answer: null }))
  expect(await bob.sync("refused")).toMatchObject({ code: 4422, seq: 1 })
  expect((await bob.closed()).code).toBe(4422)
})

test("[F76] [DOC-21] whoever an update says wrote it, the row has who sent it", async () => {
  const document = "schedule/team/stamp"
  const bob = await open(document, "Bob", "stamp")
  const forged = new Y.Doc()
  forged.getMap("events").set("e1/title/w1", { value: "x", supersedes: [], by: "ann", at: 1 })
  const [client, update] = [forged.clientID, Y.encodeStateAsUpdate(forged)]
  bob.socket.send(encodeSyncUp({ type: "unit", seq: 1, update, answer: null }))
  bob.socket.send(encodeSyncUp({ type: "barrier", id: 1 }))
  await bob.sync("barrierDone")
  const [rows, clients] = await runInDurableObject(env.DOCUMENTS.getByName(document), (_, { storage }) => [
    storage.sql.exec("SELECT author FROM updates").toArray(),
    storage.sql.exec("SELECT client, user FROM clients").toArray()
  ])
  expect([rows, clients]).toEqual([[{ author: "bob" }], [{ client, user: "bob" }]])
  const ann = await signIn("Ann", "stamp")
  await ask("POST", "/calendar/team/stamp/api/events", ann, EVENT)
  const after = await runInDurableObject(env.DOCUMENTS.getByName(document), (_, { storage }) =>
    storage.sql.exec("SELECT author FROM updates ORDER BY seq").toArray()
  )
  expect(after).toEqual([{ author: "bob" }, { author: "ann" }])
})

test("[DOC-26] a socket goes by the groups of its ticket for a while only: then it reads and writes nothing more, and may come again", async () => {
  const document = "schedule/team/groups"
  const ann = await signIn("Ann", "groups")
  await (await ask("GET", "/calendar/team/groups/", ann)).text()
  const [reading, writing] = [await open(document, "Bob", "groups"), await open(document, "Cid", "groups")]
  const member = await open(document, "Ann", "groups")
  await Promise.all([reading, writing, member].map((socket) => socket.sync("greeting")))
  // As if they had come a quarter of an hour ago, and been forgotten meanwhile.
  await runInDurableObject(env.DOCUMENTS.getByName(document), (_object, ctx) => {
    for (const socket of ctx.getWebSockets())
      socket.serializeAttachment({ ...(socket.deserializeAttachment() as object), until: Date.now() })
  })
  await evictDurableObject(env.DOCUMENTS.getByName(document))
  send(writing, "late")
  expect((await writing.closed()).code).toBe(4501)
  // Ann is its owner by an explicit word, and goes on; what she writes is not read by who may not be here any more.
  send(member, "word")
  member.socket.send(encodeSyncUp({ type: "barrier", id: 1 }))
  expect(await member.sync("barrierDone")).toMatchObject({ units: 1 })
  expect((await reading.closed()).code).toBe(4501)
  expect(reading.frames.filter((frame) => typeof frame !== "string" && frame[0] === 0 && frame[1] === 2)).toEqual([])
  const again = await open(document, "Bob", "groups")
  again.socket.send(encodeSyncUp({ type: "catchUp", id: 1, stateVector: new Uint8Array([0]), answersSince: 0 }))
  const doc = new Y.Doc()
  Y.applyUpdate(doc, (await again.sync("caughtUp")).update)
  expect(doc.getMap("test").toJSON()).toEqual({ word: "1" })
})
