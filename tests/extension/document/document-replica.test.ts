import fc from "fast-check"
import * as Y from "yjs"
import { expect, test } from "vitest"
import { DocumentReplica, type ReplicaPorts } from "../../../extension/document/document-replica.ts"
import type { CheckpointStep, StoredCheckpoint } from "../../../extension/document/checkpoint-log.ts"
import type { JournalEntry } from "../../../extension/document/journal-entry.ts"
import type { DocumentRow, StoredJournal, UserDatabase } from "../../../extension/document/user-database.ts"
import type { CommittedUnit } from "../../../shared/app/unit-of-work.ts"
import { seed } from "../../support/seed.ts"

const DOCUMENT = "schedule/user/ann"

/** What a replica uses of its database, in memory: each call is one transaction. */
class MemoryDatabase {
  broken = false
  entries: JournalEntry[] = []
  state: Uint8Array | null = null
  steps: CheckpointStep[] = []
  stored: DocumentRow = { document: DOCUMENT, instance: null, generation: 0, schema: 0, seq: 0, answersUntil: 0 }
  /** Bytes that transactions brought. */
  written = 0
  /** What a crash right after each transaction would have left. */
  readonly crashes: MemoryDatabase[] = []
  /** A commit is stored when this resolves. */
  slow: Promise<void> = Promise.resolve()

  row = (): Promise<DocumentRow> => Promise.resolve(this.stored)
  journal = (): Promise<StoredJournal> => Promise.resolve({ entries: [...this.entries], unreadable: 0 })
  checkpoint = (): Promise<StoredCheckpoint> => Promise.resolve({ state: this.state, steps: [...this.steps] })

  async commit(entry: JournalEntry): Promise<void> {
    await this.slow
    await this.#transaction(entry.update.length + (entry.base?.length ?? 0), () => this.entries.push(entry))
  }

  takeOff(row: DocumentRow, seq: number, step: CheckpointStep): Promise<void> {
    return this.#transaction(bytesOf(step), () => {
      this.stored = row
      this.steps.push(step)
      this.entries = this.entries.filter((entry) => entry.seq > seq)
    })
  }

  addSteps(steps: readonly CheckpointStep[]): Promise<void> {
    const bytes = steps.reduce((sum, step) => sum + bytesOf(step), 0)
    return this.#transaction(bytes, () => this.steps.push(...steps))
  }

  replaceCheckpoint(state: Uint8Array, { step }: Pick<CheckpointStep, "step">): Promise<void> {
    return this.#transaction(state.length, () => {
      this.state = state
      this.steps = this.steps.filter((one) => one.step > step)
    })
  }

  async #transaction(bytes: number, run: () => void): Promise<void> {
    if (this.broken) throw new DOMException("full", "QuotaExceededError")
    run()
    this.written += bytes
    const left = new MemoryDatabase()
    this.crashes.push(Object.assign(left, { entries: [...this.entries], state: this.state, steps: [...this.steps] }))
    left.stored = this.stored
  }
}

const bytesOf = ({ updates }: CheckpointStep): number => updates.reduce((sum, { length }) => sum + length, 0)

const open = (database: MemoryDatabase): Promise<DocumentReplica> => {
  const ports: ReplicaPorts = {
    owner: { service: "schedule", origin: "http://x", issuer: "test", subject: "ann" },
    // The replica uses only what MemoryDatabase has, as long as no instance is known.
    database: database as unknown as UserDatabase,
    now: () => 1000,
    newClientId: () => 42,
    setTimer: () => () => undefined,
    tell: () => undefined
  }
  return DocumentReplica.open(DOCUMENT, ports)
}

/** What an app's Worker would say that it changed, on what `replica` lends. */
const unitOn = (replica: DocumentReplica, key: string, client: number): CommittedUnit => {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(replica.doc))
  doc.clientID = client
  return unitOf(doc, key)
}

/** What writing `key` in an app's own replica changes. */
const unitOf = (doc: Y.Doc, key: string): CommittedUnit => {
  const before = Y.encodeStateVector(doc)
  doc.getMap("events").set(key, `by ${doc.clientID}`)
  const update = Y.encodeStateAsUpdate(doc, before)
  const answer = { status: 201, headers: [], body: new Uint8Array([1]) }
  return {
    user: { id: "ann", name: "Ann" },
    now: new Date(5),
    effectiveKey: key,
    method: "POST",
    url: "http://x/",
    update,
    answer
  }
}

const eventsOf = (doc: Y.Doc): object => doc.getMap("events").toJSON()

/** A change that comes from the edge. */
const remote = (replica: DocumentReplica, key: string, value = "remote"): void => {
  const other = new Y.Doc()
  other.getMap("events").set(key, value)
  Y.applyUpdate(replica.doc, Y.encodeStateAsUpdate(other), "edge")
}

/** A document of about so many bytes, in entries of 500. */
const filled = (bytes: number): Uint8Array => {
  const doc = new Y.Doc()
  doc.transact(() => {
    for (let number = 0; number * 500 < bytes; number++) doc.getMap("filling").set(`f${number}`, "x".repeat(480))
  })
  return Y.encodeStateAsUpdate(doc)
}

/** Stores strictly whatever is not, as a switchover does it. */
const storeCheckpoint = async (replica: DocumentReplica, database: MemoryDatabase): Promise<void> => {
  const due = replica.checkpoint()
  if (due === null) return
  await database.addSteps([due.step])
  due.stored()
}

test("[CLI-1] a unit is in the journal, with key and answer, before it is in the document's readers' eyes", async () => {
  const database = new MemoryDatabase()
  const replica = await open(database)
  expect((await replica.commit(unitOn(replica, "a", 1), 1)).ok).toBe(true)
  expect(database.entries).toMatchObject([{ seq: 1, base: null, answer: { effectiveKey: "a", status: 201, at: 5 } }])
  expect(eventsOf(replica.doc)).toEqual({ a: "by 1" })
})

test("[F39] when nothing more can be stored the write fails and leaves no trace", async () => {
  const database = new MemoryDatabase()
  const replica = await open(database)
  database.broken = true
  expect(await replica.commit(unitOn(replica, "a", 1), 1)).toMatchObject({ ok: false })
  expect(eventsOf(replica.doc)).toEqual({})
  expect(replica.journal).toEqual([])
})

test("[CLI-2] what an entry depends on and nothing else stored is stored with it: the journal alone can be replayed", async () => {
  const database = new MemoryDatabase()
  const replica = await open(database)
  remote(replica, "from-edge")
  await replica.commit(unitOn(replica, "a", 1), 1)
  await replica.commit(unitOn(replica, "b", 1), 1)
  expect(database.entries.map(({ base }) => base === null)).toEqual([false, true])
  const again = await open(database)
  expect(again.doc.store.pendingStructs).toBeNull()
  expect(eventsOf(again.doc)).toEqual({ "from-edge": "remote", a: "by 1", b: "by 1" })
})

test("[CLI-3] what is taken off is in the checkpoint, numbers go on rising, and later entries can be replayed", async () => {
  const database = new MemoryDatabase()
  const replica = await open(database)
  remote(replica, "from-edge")
  await replica.commit(unitOn(replica, "a", 1), 1)
  await replica.commit(unitOn(replica, "b", 1), 1)
  await replica.takeOff(1)
  expect(replica.journal.map(({ seq }) => seq)).toEqual([2])
  await replica.takeOff(2)
  const again = await open(database)
  await again.commit(unitOn(again, "c", 2), 2)
  expect(database.entries.map(({ seq }) => seq)).toEqual([3])
  expect(eventsOf((await open(database)).doc)).toEqual({ "from-edge": "remote", a: "by 1", b: "by 1", c: "by 2" })
})

test("[CLI-2] a checkpoint is due only while something came that is not strictly stored", async () => {
  const replica = await open(new MemoryDatabase())
  expect(replica.checkpoint()).toBeNull()
  await replica.commit(unitOn(replica, "a", 1), 1)
  expect(replica.checkpoint()).toBeNull()
  remote(replica, "x")
  const first = replica.checkpoint()
  remote(replica, "y")
  first?.stored()
  const second = replica.checkpoint()
  expect(second).not.toBeNull()
  second?.stored()
  expect(replica.checkpoint()).toBeNull()
})

/** What is shown after a crash that took y-indexeddb's data along; nothing of it waits for something that is missing. */
const afterCrash = async (database: MemoryDatabase): Promise<object> => {
  const { doc } = await open(database)
  expect(doc.store.pendingStructs).toBeNull()
  return eventsOf(doc)
}

const expectWrites = async (database: MemoryDatabase, keys: readonly string[]): Promise<void> => {
  const events = await afterCrash(database)
  for (const key of keys) expect(events).toHaveProperty(key)
}

test("[CLI-1] [CLI-2] [CLI-3] [F37] a crash after any transaction leaves every acknowledged write, with all that it depends on", async () => {
  const step = fc.constantFrom("remote", "large remote", "write", "take off", "checkpoint")
  const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
    const database = new MemoryDatabase()
    const replica = await open(database)
    const writes = (): readonly string[] => Object.keys(eventsOf(replica.doc)).filter((key) => key.startsWith("w"))
    for (const [index, what] of steps.entries()) {
      const [before, acknowledged] = [database.crashes.length, writes()]
      if (what === "remote") remote(replica, `r${index}`)
      if (what === "large remote") remote(replica, `r${index}`, "x".repeat(300_000))
      if (what === "write") await replica.commit(unitOn(replica, `w${index}`, index), index)
      if (what === "take off") await replica.takeOff(replica.journal.at(-1)?.seq ?? 0)
      if (what === "checkpoint") await storeCheckpoint(replica, database)
      for (const left of database.crashes.slice(before)) await expectWrites(left, acknowledged)
      await expectWrites(database, writes())
    }
    await storeCheckpoint(replica, database)
    expect(await afterCrash(database)).toEqual(eventsOf(replica.doc))
  })
  await fc.assert(property, { seed: seed(), numRuns: 60 })
})

test("[CLI-30] beside a document of 5 MB a write, its taking off and what comes from elsewhere store what changed", async () => {
  const database = new MemoryDatabase()
  database.state = filled(5_000_000)
  const replica = await open(database)
  const client = 7
  const worker = new Y.Doc()
  Y.applyUpdate(worker, Y.encodeStateAsUpdate(replica.doc))
  worker.clientID = client
  for (let number = 0; number < 50; number++) {
    remote(replica, `r${number}`)
    await replica.commit(unitOf(worker, `w${number}`), client)
    await replica.takeOff(number + 1)
  }
  expect(replica.journal).toEqual([])
  expect(database.written).toBeLessThan(50 * 1000)
  expect(Object.keys(eventsOf((await open(database)).doc))).toHaveLength(100)
})

test("[CLI-30] steps that have outgrown their state are replaced by one state", async () => {
  const database = new MemoryDatabase()
  const replica = await open(database)
  for (let number = 0; number < 20; number++) {
    remote(replica, `r${number}`, "x".repeat(50_000))
    await storeCheckpoint(replica, database)
    await replica.commit(unitOn(replica, `w${number}`, number), number)
    await replica.takeOff(number + 1)
  }
  expect(database.state?.length).toBeGreaterThan(256_000)
  expect(database.written).toBeLessThan(4 * 20 * 50_000)
  expect(eventsOf((await open(database)).doc)).toEqual(eventsOf(replica.doc))
})

test("[CLI-2] what comes from elsewhere and is long is stored without waiting for a write", async () => {
  const database = new MemoryDatabase()
  const replica = await open(database)
  remote(replica, "long", "x".repeat(300_000))
  await replica.commit(unitOn(replica, "a", 1), 1)
  expect(database.entries[0]?.base).toBeNull()
  expect(await afterCrash(database)).toMatchObject({ a: "by 1", long: expect.any(String) })
})

test("[CLI-7] an acknowledgement that comes after the replica was closed changes nothing", async () => {
  const database = new MemoryDatabase()
  const replica = await open(database)
  await replica.commit(unitOn(replica, "a", 1), 1)
  await replica.close()
  await replica.takeOff(1)
  expect(database.entries).toHaveLength(1)
})

test("[F75] a unit in another client's name is refused and stored nowhere", async () => {
  const database = new MemoryDatabase()
  const replica = await open(database)
  expect(await replica.commit(unitOn(replica, "a", 1), 2)).toMatchObject({ ok: false })
  expect(database.entries).toEqual([])
})

test("[CLI-8] an app's replica is built when a commit that is being stored is in it", async () => {
  const database = new MemoryDatabase()
  const replica = await open(database)
  const storing = Promise.withResolvers<void>()
  database.slow = storing.promise
  const committed = replica.commit(unitOn(replica, "a", 1), 1)
  const built = new Y.Doc()
  const lent = replica.lend((state) => Y.applyUpdate(built, state?.state ?? new Uint8Array()))
  storing.resolve()
  await Promise.all([committed, lent])
  expect(eventsOf(built)).toEqual({ a: "by 1" })
})

test("[CLI-4] [CLI-7] a replica that was closed takes and lends nothing; what was being stored before is stored", async () => {
  const database = new MemoryDatabase()
  const replica = await open(database)
  const [first, second] = [unitOn(replica, "a", 1), unitOn(replica, "b", 2)]
  const committed = replica.commit(first, 1)
  const closed = replica.close()
  expect(await replica.commit(second, 2)).toMatchObject({ ok: false })
  let lent: unknown = "not asked"
  await replica.lend((state) => (lent = state))
  await closed
  expect([(await committed).ok, database.entries.length, lent]).toEqual([true, 1, null])
})
