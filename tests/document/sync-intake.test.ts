import { expect, test } from "vitest"
import * as Y from "yjs"
import { MAX_DOCUMENT_BYTES, MAX_STRUCTS, sizeObstacle } from "../../edge/document/document-size.ts"
import { SyncIntake, type Incoming, type Sender } from "../../edge/document/sync-intake.ts"
import { checkUpdate } from "../../edge/document/update-check.ts"
import { UnitOfWork } from "../../shared/app/unit-of-work.ts"

/** An intake over a log in memory whose storage can be made to fail. */
const makeIntake = () => {
  const log: Uint8Array[] = []
  const told: Uint8Array[] = []
  const problems: string[] = []
  const disk = { isBroken: false, bytes: 0, onCheck: () => {} }
  const ownerOf = new Map<number, string>()
  const work = new UnitOfWork({
    yjs: Y,
    load: () => log,
    persist: () => undefined,
    recall: () => null,
    setTimer: () => () => undefined
  })
  const ports = {
    work,
    log: {
      transaction: (write: () => void): void => {
        if (disk.isBroken) throw new Error("disk full")
        write()
      },
      append: (update: Uint8Array) => void log.push(update),
      get bytes() {
        return disk.bytes
      }
    },
    answers: { keep: () => undefined },
    owners: {
      foreign: (clients: readonly number[], user: string) => {
        disk.onCheck()
        return clients.find((client) => (ownerOf.get(client) ?? user) !== user)
      },
      claim: (clients: readonly number[], user: string) => {
        for (const client of clients) if (!ownerOf.has(client)) ownerOf.set(client, user)
      }
    },
    after: () => () => undefined,
    broadcast: (update: Uint8Array) => void told.push(update),
    logProblem: (what: string) => void problems.push(what)
  }
  // The stores' classes have private parts; the intake uses the methods given here.
  const intake = new SyncIntake(ports as unknown as ConstructorParameters<typeof SyncIntake>[0])
  return { intake, log, told, problems, disk, work }
}

const sender = (mayWrite = true, user = "ann") => {
  const heard: string[] = []
  const from: Sender = {
    user,
    mayWrite: () => mayWrite,
    forbidden: (seq) => void heard.push(`forbidden ${seq}`),
    committed: (seq) => void heard.push(`committed ${seq}`),
    incomplete: (seq) => void heard.push(`incomplete ${seq}`),
    refused: (text, seq) => void heard.push(`refused ${seq}: ${text}`)
  }
  return { from, heard }
}

const incoming = (update: Uint8Array, from: Sender, seq: number | null = null): Incoming => {
  const checked = checkUpdate(update)
  if (!checked.ok) throw new Error(checked.error)
  return { checked: checked.value, seq, isStep2: false, answer: null, from }
}

const updatesOf = (...keys: string[]): Uint8Array[] => {
  const doc = new Y.Doc()
  const updates: Uint8Array[] = []
  doc.on("update", (update: Uint8Array) => updates.push(update))
  for (const key of keys) doc.getMap("test").set(key, key)
  return updates
}

test("[DOC-10] what is gathered is one row and one message", async () => {
  const { intake, log, told } = makeIntake()
  const { from, heard } = sender()
  for (const [index, update] of updatesOf("a", "b", "c").entries()) intake.add(incoming(update, from, index + 1))
  await intake.flush()
  expect([log.length, told.length, heard]).toEqual([1, 1, ["committed 1", "committed 2", "committed 3"]])
})

test("[DOC-24] a full document refuses what is new with a sentence, and takes repeats and deletions", async () => {
  const { intake, log, told, disk, work } = makeIntake()
  const { from, heard } = sender()
  const doc = new Y.Doc()
  doc.getMap("test").set("a", "1")
  const first = Y.encodeStateAsUpdate(doc)
  intake.add(incoming(first, from, 1))
  await intake.flush()
  disk.bytes = MAX_DOCUMENT_BYTES
  const before = Y.encodeStateVector(doc)
  doc.getMap("test").delete("a")
  const deletion = Y.encodeStateAsUpdate(doc, before)
  const [update = new Uint8Array()] = updatesOf("b")
  for (const [index, one] of [first, update, deletion].entries()) {
    intake.add(incoming(one, from, index + 2))
    await intake.flush()
  }
  const full = `the document is full: it would have ${MAX_DOCUMENT_BYTES + update.length} bytes, at most ${MAX_DOCUMENT_BYTES} are kept`
  expect(heard).toEqual(["committed 1", "committed 2", `refused 3: ${full}`, "committed 4"])
  expect([log.length, told.length]).toEqual([2, 2])
  expect(await work.exclusive((at) => at.getMap("test").toJSON())).toEqual({})
})

test("[DOC-24] structs are counted, too: what is small when encoded may be large in memory", () => {
  const doc = new Y.Doc()
  doc.transact(() => {
    for (let number = 0; number <= MAX_STRUCTS; number++) doc.getMap("test").set(`${number}`, number)
  })
  expect(sizeObstacle(doc, 1)).toBe(
    `the document is full: it has ${MAX_STRUCTS + 1} structs, at most ${MAX_STRUCTS} are kept`
  )
  expect(sizeObstacle(new Y.Doc(), MAX_DOCUMENT_BYTES)).toBeNull()
})

test("[F65] when storage throws nothing is told to anybody, and what was sent can be sent again", async () => {
  const { intake, log, told, problems, disk } = makeIntake()
  const { from, heard } = sender()
  const [update] = updatesOf("a")
  if (update === undefined) throw new Error("an update was made")
  disk.isBroken = true
  intake.add(incoming(update, from, 1))
  await intake.flush()
  expect([log.length, told.length, heard, problems.length]).toEqual([0, 0, ["incomplete 1"], 1])
  disk.isBroken = false
  intake.add(incoming(update, from, 1))
  await intake.flush()
  expect([log.length, told.length, heard.at(-1)]).toEqual([1, 1, "committed 1"])
})

test("[F54] a batch with a gap is taken apart: what is whole is committed, what is not is asked for", async () => {
  const { intake, log } = makeIntake()
  const [good, gap] = [sender(), sender()]
  const [, second] = updatesOf("a", "b")
  const [whole] = updatesOf("c")
  if (second === undefined || whole === undefined) throw new Error("updates were made")
  intake.add(incoming(second, gap.from, 5))
  intake.add(incoming(whole, good.from, 1))
  await intake.flush()
  expect([gap.heard, good.heard]).toEqual([["incomplete 5"], ["committed 1"]])
  const doc = new Y.Doc()
  for (const update of log) Y.applyUpdate(doc, update)
  expect(doc.getMap("test").toJSON()).toEqual({ c: "c" })
})

test("[SYN-3] whoever flushes waits for the batch before, even when that is taken apart", async () => {
  const { intake, log } = makeIntake()
  const { from } = sender()
  const [, gap] = updatesOf("a", "b")
  const [whole] = updatesOf("c")
  if (gap === undefined || whole === undefined) throw new Error("updates were made")
  intake.add(incoming(gap, from))
  intake.add(incoming(whole, from, 1))
  const first = intake.flush()
  await intake.flush()
  expect(log.length).toBe(1)
  await first
})

test("[F51] an update that comes twice changes nothing the second time and is acknowledged both times", async () => {
  const { intake, log, told } = makeIntake()
  const { from, heard } = sender()
  const [update] = updatesOf("a")
  if (update === undefined) throw new Error("an update was made")
  for (const seq of [1, 2]) {
    intake.add(incoming(update, from, seq))
    await intake.flush()
  }
  expect([log.length, told.length, heard]).toEqual([1, 1, ["committed 1", "committed 2"]])
})

test.each(["a gap", "storage that throws"])(
  "[DOC-10] [F65] after %s no queued unit runs on what was not stored",
  async (trouble) => {
    const { intake, disk, work } = makeIntake()
    const { from } = sender()
    const [first, second] = updatesOf("a", "b")
    const [other] = updatesOf("c")
    if (first === undefined || second === undefined || other === undefined) throw new Error("updates were made")
    disk.isBroken = trouble === "storage that throws"
    // With a gap in one part the batch is taken apart: in between, its replica holds what was not stored.
    for (const update of disk.isBroken ? [first] : [other, second]) intake.add(incoming(update, from))
    let seen: Promise<readonly string[]> | undefined
    disk.onCheck = () => {
      seen ??= work.exclusive((doc) => [
        ...doc.getMap("test").keys(),
        doc.store.pendingStructs === null ? "whole" : "gap"
      ])
    }
    await intake.flush()
    expect(await seen).toEqual(["whole"])
  }
)

test("[DOC-18] an update whose sender may not write any more when it is committed is refused, and the others' are not", async () => {
  const { intake, log } = makeIntake()
  const [withdrawn, good] = [sender(false), sender()]
  const [whole] = updatesOf("a")
  const [late] = updatesOf("b")
  if (whole === undefined || late === undefined) throw new Error("updates were made")
  intake.add(incoming(late, withdrawn.from, 1))
  intake.add(incoming(whole, good.from, 1))
  await intake.flush()
  expect([withdrawn.heard, good.heard, log.length]).toEqual([["forbidden 1"], ["committed 1"], 1])
})

test("[DOC-7] [F75] of two people whose updates are gathered together one cannot write under the other's new Yjs client id", async () => {
  const { intake, log } = makeIntake()
  const [anns, bobs] = [sender(true, "ann"), sender(true, "bob")]
  const [first, second] = updatesOf("a", "b")
  if (first === undefined || second === undefined) throw new Error("updates were made")
  intake.add(incoming(first, anns.from, 1))
  intake.add(incoming(second, bobs.from, 1))
  await intake.flush()
  expect(anns.heard).toEqual(["committed 1"])
  expect(bobs.heard).toEqual([expect.stringMatching(/^refused 1: the Yjs client id \d+ belongs to somebody else$/)])
  const doc = new Y.Doc()
  for (const update of log) Y.applyUpdate(doc, update)
  expect(doc.getMap("test").toJSON()).toEqual({ a: "a" })
})
