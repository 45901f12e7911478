import { expect, test } from "vitest"
import * as Y from "yjs"
import { SyncIntake, type Incoming, type Sender } from "../../edge/document/sync-intake.ts"
import { checkUpdate } from "../../edge/document/update-check.ts"
import { UnitOfWork } from "../../shared/app/unit-of-work.ts"

/** An intake over a log in memory whose storage can be made to fail. */
const makeIntake = () => {
  const log: Uint8Array[] = []
  const told: Uint8Array[] = []
  const problems: string[] = []
  const disk = { isBroken: false, onCheck: () => {} }
  const work = new UnitOfWork({
    yjs: Y,
    load: () => log,
    persist: () => undefined,
    recall: () => null,
    setTimer: () => () => undefined
  })
  const transactionSync = <T>(run: () => T): T => {
    if (disk.isBroken) throw new Error("disk full")
    return run()
  }
  const ports = {
    work,
    storage: { transactionSync },
    log: { append: (update: Uint8Array) => void log.push(update) },
    answers: { keep: () => undefined },
    owners: { foreign: () => disk.onCheck(), claim: () => undefined },
    after: () => () => undefined,
    broadcast: (update: Uint8Array) => void told.push(update),
    logProblem: (what: string) => void problems.push(what)
  }
  // The stores' classes have private parts; the intake uses the methods given here.
  const intake = new SyncIntake(ports as unknown as ConstructorParameters<typeof SyncIntake>[0])
  return { intake, log, told, problems, disk, work }
}

const sender = (mayWrite = true) => {
  const heard: string[] = []
  const from: Sender = {
    user: "ann",
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
