import { expect, test } from "vitest"
import * as Y from "yjs"
import { handleAside, type AsidePorts } from "../../extension/controller/handle-aside.ts"
import type { AsideRow, RetryOutcome } from "../../extension/document/aside-store.ts"
import type { JournalEntry } from "../../extension/document/journal-entry.ts"

/** Two changes and a row that cannot be read. */
const rowOf = (): AsideRow => {
  const doc = new Y.Doc()
  const journal = [1, 2].map((seq): JournalEntry => {
    const before = Y.encodeStateVector(doc)
    doc.getMap("events").set(`e${seq}/title/w`, { value: `title ${seq}` })
    return {
      document: "s/team/a",
      seq,
      base: null,
      update: Y.encodeStateAsUpdate(doc, before),
      answer: { effectiveKey: `k${seq}`, status: 201, headers: [], body: new Uint8Array([0xff]), at: seq },
      method: "POST",
      url: `http://x/s/${seq}`,
      request:
        seq === 1 ? { key: "key-1", headers: [["content-type", "text/plain"]], body: new Uint8Array([65]) } : null
    }
  })
  const state = Y.encodeStateAsUpdate(doc)
  return { document: "s/team/a", reason: "why", at: 5, state, journal: [...journal, { seq: 3 }], outcomes: [] }
}

const portsFor = (row: AsideRow | null, status = 201) => {
  const noted: RetryOutcome[] = []
  const asked: unknown[] = []
  let isDiscarded = false
  const ports: AsidePorts = {
    store: {
      row: () => Promise.resolve(row),
      noteOutcomes: (_id, _row, outcomes) => Promise.resolve(void noted.push(...outcomes)),
      discard: () => Promise.resolve(void (isDiscarded = true))
    },
    owner: { subject: "ann" },
    now: () => 9,
    ask: (request) => {
      asked.push(request)
      return Promise.resolve({ status, headers: [], body: new TextEncoder().encode("no such event\n") })
    },
    sync: () => Promise.resolve({ ok: true })
  }
  return { ports, noted, asked, isDiscarded: () => isDiscarded }
}

test("[CLI-34] an export has every change, what it wrote, and says how much cannot be read", async () => {
  const reply = await handleAside("export", 1, portsFor(rowOf()).ports)
  if (!reply.ok) throw new Error(reply.error)
  expect(JSON.parse(reply.text)).toMatchObject({
    format: 1,
    subject: "ann",
    document: "s/team/a",
    unreadable: 1,
    changes: [
      {
        seq: 1,
        request: { key: "key-1", body: { text: "A" } },
        answer: { body: { base64: "/w==" } },
        wrote: [{ map: "events", key: "e1/title/w", value: { value: "title 1" } }],
        askedAgain: null
      },
      { seq: 2, request: null }
    ]
  })
})

test("[CLI-34] a change that builds on one that cannot be read is exported with what it wrote", async () => {
  const whole = rowOf()
  const doc = new Y.Doc()
  const [, second] = whole.journal as readonly JournalEntry[]
  if (second === undefined) throw new Error("two changes were made")
  Y.applyUpdate(doc, second.update)
  const row = { ...whole, state: Y.encodeStateAsUpdate(doc), journal: [{ seq: 1 }, second] }
  const reply = await handleAside("export", 1, portsFor(row).ports)
  if (!reply.ok) throw new Error(reply.error)
  expect(JSON.parse(reply.text)).toMatchObject({
    unreadable: 1,
    changes: [{ seq: 2, wrote: [{ map: "events", key: "e2/title/w", value: { value: "title 2" } }] }]
  })
})

test("[CLI-35] each request is asked under its key and time, and told what became of it; nothing is discarded by that", async () => {
  const { ports, noted, asked, isDiscarded } = portsFor(rowOf(), 404)
  const reply = await handleAside("retry", 1, ports)
  expect(reply).toEqual({
    ok: true,
    text: [
      "POST /s/1: not done (404 no such event)",
      "POST /s/2: its body was not kept",
      "The server has what was done."
    ].join("\n")
  })
  expect(asked).toMatchObject([
    {
      url: "http://x/s/1",
      headers: [
        ["content-type", "text/plain"],
        ["idempotency-key", "key-1"]
      ],
      receivedAt: 1
    }
  ])
  expect(noted).toEqual([{ seq: 1, status: 404, at: 9 }])
  expect(isDiscarded()).toBe(false)
})

test("[CLI-35] it is discarded by the explicit act only, and what is not there is said", async () => {
  const { ports, isDiscarded } = portsFor(rowOf())
  expect(await handleAside("discard", 1, ports)).toMatchObject({ ok: true })
  expect(isDiscarded()).toBe(true)
  expect(await handleAside("export", 1, portsFor(null).ports)).toMatchObject({ ok: false })
})
