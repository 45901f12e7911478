import { expect, test } from "vitest"
import * as yjs from "yjs"
import type { FromWorker } from "../../../extension/app/worker-messages.ts"
import { WorkerSession } from "../../../extension/app/worker-session.ts"
import { MAX_DOCUMENT_BYTES } from "../../../shared/app/document-size.ts"
import { appOf } from "../../support/memory-platform.ts"

/** Sets the key that a POST names to a value as long as it says, deletes the one that a DELETE names. */
const app = appOf(async (request, { doc }) => {
  const key = new URL(request.url).pathname
  if (request.method === "POST") doc.getMap("data").set(key, "x".repeat(Number(await request.text())))
  if (request.method === "DELETE") doc.getMap("data").delete(key)
  return new Response(null, { status: 204 })
})

/** A session whose platform stores everything; `ask` gives the answer or the commit of one request. */
const opened = (state: Uint8Array) => {
  let number = 0
  let hear: (message: FromWorker) => void = () => undefined
  const session = new WorkerSession({
    yjs,
    post: (message) => {
      if (message.type === "load")
        queueMicrotask(() =>
          session.receive({
            type: "state",
            document: message.document,
            state: state as Uint8Array<ArrayBuffer>,
            clientId: 7
          })
        )
      if (message.type === "commit")
        queueMicrotask(() => session.receive({ type: "committed", id: message.id, error: null }))
      hear(message)
    },
    importModule: () => Promise.resolve({ app }),
    setTimer: () => () => undefined
  })
  const heard = (): Promise<FromWorker> => new Promise((resolve) => void (hear = resolve))
  const start = (): Promise<FromWorker> => {
    const ready = heard()
    session.receive({ type: "start", bundle: new Uint8Array(), nonce: "1", timeLimitMs: 10_000 })
    return ready
  }
  const ask = (method: string, path: string, body = ""): Promise<readonly [number, string]> =>
    new Promise((resolve) => {
      hear = (message) => {
        if (message.type === "answer" || message.type === "commit")
          resolve([message.status, message.body instanceof Uint8Array ? new TextDecoder().decode(message.body) : ""])
      }
      const id = ++number
      const bytes = method === "POST" ? new TextEncoder().encode(body) : null
      session.receive({
        type: "ask",
        id,
        request: {
          document: "test/user/ann",
          method,
          url: `http://service.test${path}`,
          headers: [],
          body: bytes,
          user: { id: "ann", name: "Ann" },
          now: 1,
          effectiveKey: `k${id}`,
          mayHaveRun: false
        }
      })
    })
  return { start, ask }
}

test("[DOC-24] a client judges by the edge's limit itself: 507 with the same sentence, until something was deleted", async () => {
  const doc = new yjs.Doc()
  for (const key of ["/a", "/b"]) doc.getMap("data").set(key, "x".repeat(MAX_DOCUMENT_BYTES / 2 - 500_000))
  const { start, ask } = opened(yjs.encodeStateAsUpdate(doc))
  await start()
  expect(await ask("POST", "/c", "500000")).toEqual([204, ""])
  const [status, text] = await ask("POST", "/d", "700000")
  expect([status, text]).toEqual([
    507,
    expect.stringMatching(/^the document is full: it would have 24\d{6} bytes, at most 24000000 are kept\n$/)
  ])
  expect((await ask("DELETE", "/a"))[0]).toBe(204)
  expect((await ask("POST", "/d", "700000"))[0]).toBe(204)
  expect((await ask("POST", "/e", "10000000"))[0]).toBe(204)
  expect((await ask("POST", "/f", "2000000"))[0]).toBe(507)
})
