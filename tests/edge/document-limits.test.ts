import { env, evictDurableObject, runInDurableObject, SELF } from "cloudflare:test"
import * as decoding from "lib0/decoding"
import * as encoding from "lib0/encoding"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { MAX_DOCUMENT_BYTES } from "../../shared/app/document-size.ts"
import { decodeSyncDown, encodeSyncUp, SYNC_MESSAGE } from "../../shared/sync/messages.ts"
import { open, plainUpdate } from "./document-support.ts"
import { newKey, openSocket, ORIGIN, signIn, ticketOf, type TestSocket } from "./support.ts"

const DOCUMENT = "schedule/team/large"
const GUARD_MS = 60_000
const VALUE = "x".repeat(500)

/** Adds entries of half a kilobyte to a document; the update that brings them, of about a megabyte. */
const megabyte = (doc: Y.Doc, name: string): Uint8Array => {
  const before = Y.encodeStateVector(doc)
  doc.transact(() => {
    for (let index = 0; index < 1900; index++) doc.getMap("large").set(`${name}-${index}`, VALUE)
  })
  return Y.encodeStateAsUpdate(doc, before)
}

/** Sends one update and waits until it is committed; the word of refusal otherwise. */
const send = async (socket: TestSocket, update: Uint8Array, id: number): Promise<string> => {
  socket.socket.send(plainUpdate(update))
  socket.socket.send(encodeSyncUp({ type: "barrier", id }))
  return socket.next((frame) => {
    if (typeof frame === "string") return undefined
    const decoder = decoding.createDecoder(frame)
    const type = decoding.readVarUint(decoder)
    if (type !== SYNC_MESSAGE.barrierDone && type !== SYNC_MESSAGE.refused) return undefined
    const message = decodeSyncDown(type, decoder)
    return message.type === "refused" ? message.text : "committed"
  })
}

/** What a provider of y-websocket gets that has nothing. */
const asProvider = async (): Promise<Y.Doc> => {
  const socket = await openSocket(`/_locum/sync/${DOCUMENT}?ticket=${await ticketOf("Bob", "large")}`)
  socket.socket.send(
    encoding.encode((encoder) => {
      for (const number of [0, 0]) encoding.writeVarUint(encoder, number)
      encoding.writeVarUint8Array(encoder, new Uint8Array([0]))
    })
  )
  const frame = await socket.next((bytes) =>
    typeof bytes !== "string" && bytes[0] === 0 && bytes[1] === 1 ? bytes : undefined
  )
  const decoder = decoding.createDecoder(frame.subarray(2))
  const doc = new Y.Doc()
  Y.applyUpdate(doc, decoding.readVarUint8Array(decoder))
  return doc
}

const stored = (): Promise<{ readonly bytes: number; readonly longest: number; readonly snapshot: number }> =>
  runInDurableObject(env.DOCUMENTS.getByName(DOCUMENT), (_object, { storage }) => {
    const { total, most } = storage.sql
      .exec<{ total: number; most: number }>(
        "SELECT SUM(LENGTH(data)) AS total, MAX(LENGTH(data)) AS most FROM snapshot"
      )
      .one()
    const log = storage.sql
      .exec<{ total: number; most: number }>(
        "SELECT COALESCE(SUM(LENGTH(data)), 0) AS total, COALESCE(MAX(LENGTH(data)), 0) AS most FROM updates"
      )
      .one()
    return { bytes: total + log.total, longest: Math.max(most, log.most), snapshot: total }
  })

test(
  "[DOC-2] [DOC-3] [DOC-24] [DOC-25] a document of 20 MB is stored in pieces, compacted, loaded and synced; what makes it too large is refused, and deletions make room",
  async () => {
    const doc = new Y.Doc()
    const socket = await open(DOCUMENT, "Ann", "large")
    for (let part = 0; part < 20; part++)
      expect(await send(socket, megabyte(doc, `part${part}`), part)).toBe("committed")
    const { bytes, longest, snapshot } = await stored()
    expect(bytes).toBeGreaterThan(19_500_000)
    expect(longest).toBeLessThanOrEqual(1_500_000)
    expect(snapshot).toBeGreaterThan(9_000_000)

    await evictDurableObject(env.DOCUMENTS.getByName(DOCUMENT))
    const read = await asProvider()
    expect(Y.encodeStateVector(read)).toEqual(Y.encodeStateVector(doc))
    expect(read.getMap("large").size).toBe(20 * 1900)

    const full = /^the document is full: it would have 2\d{7} bytes, at most 24000000 are kept/
    let part = 20
    let said = "committed"
    while (said === "committed" && part < 30) {
      const next = await open(DOCUMENT, "Ann", "large")
      said = await send(next, megabyte(doc, `part${part}`), part++)
    }
    expect(said).toMatch(full)
    const filling = await asProvider()
    const start = Y.encodeStateVector(filling)
    filling.getMap("large").set("filling", "x".repeat(MAX_DOCUMENT_BYTES - (await stored()).bytes - 60))
    expect(await send(await open(DOCUMENT, "Ann", "large"), Y.encodeStateAsUpdate(filling, start), 90)).toBe(
      "committed"
    )

    const cookie = await signIn("Ann", "large")
    const post = async (title: string): Promise<readonly [number, string]> => {
      const headers = { Cookie: cookie, "Content-Type": "application/json", "Idempotency-Key": newKey() }
      const body = JSON.stringify({ title, date: "2026-11-24" })
      const response = await SELF.fetch(`${ORIGIN}/calendar/team/large/api/events`, { method: "POST", headers, body })
      return [response.status, await response.text()]
    }
    expect(await post("one too many")).toEqual([507, expect.stringMatching(full)])

    const held = await asProvider()
    const before = Y.encodeStateVector(held)
    held.transact(() => {
      for (let index = 0; index < 1900; index++)
        for (let of = 0; of < 8; of++) held.getMap("large").delete(`part${of}-${index}`)
    })
    const other = await open(DOCUMENT, "Ann", "large")
    expect(await send(other, Y.encodeStateAsUpdate(held, before), 99)).toBe("committed")
    expect(await send(other, megabyte(held, "again"), 100)).toBe("committed")
    expect((await post("after the deletions"))[0]).toBeLessThan(300)
    expect((await stored()).bytes).toBeLessThan(MAX_DOCUMENT_BYTES - 5_000_000)
  },
  GUARD_MS
)
