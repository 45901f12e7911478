/**
 * A browser's IndexedDB that outlives the browser: fake-indexeddb (the whole of the API, in memory) with a list (note-writes.ts),
 * for each database, of what its transactions wrote, in their order of completion. What a crash leaves is made from that list:
 *
 *   killed        every complete transaction; of those under way each whole or not at all
 *   power lost    of what was written after the last strict transaction, a beginning of any length
 *
 * Every database for itself, which is worse than any browser: theirs share a log.
 */
import { IDBFactory, IDBKeyRange } from "fake-indexeddb"
import type { Random } from "../world/random.ts"

/** How a browser ends. */
export type End = "killed" | "power lost"

/** One thing that a transaction writes. */
export type Write =
  | {
      readonly kind: "put"
      readonly store: string
      readonly value: unknown
      readonly key: unknown
      readonly request: IDBRequest
    }
  | { readonly kind: "delete"; readonly store: string; readonly key: unknown }
  | {
      readonly kind: "make"
      readonly store: string
      readonly version: number
      readonly options: IDBObjectStoreParameters
      readonly indices: Index[]
    }

interface Index {
  readonly name: string
  readonly keyPath: string | string[]
}

/** What a transaction wrote so far. */
export interface WriteList {
  readonly database: string
  readonly isStrict: boolean
  readonly writes: Write[]
}

interface Database {
  version: number
  readonly stores: Map<string, Store>
}

interface Store {
  readonly options: IDBObjectStoreParameters
  readonly indices: readonly Index[]
  /** By their keys as text. */
  readonly rows: Map<string, Row>
}

interface Row {
  readonly key: IDBValidKey
  readonly value: unknown
}

export class Disk {
  #factory = new IDBFactory()
  /** What is there for certain, by database. */
  readonly #databases = new Map<string, Database>()
  /** What was written since. */
  #written: WriteList[] = []
  readonly #underWay = new Set<WriteList>()
  readonly #random: Random
  /** Fails the next transactions that write (F39). */
  failures = 0
  /** Bytes that were ever written: of updates, states and bodies; keys and the like do not count. */
  writtenBytes = 0
  /** Takes strict for relaxed: a disk that lies, for tests of the checker. */
  isHasty = false

  constructor(random: Random) {
    this.#random = random
  }

  get factory(): IDBFactory {
    return this.#factory
  }

  /** A transaction began that may write. */
  begin(database: string, isStrict: boolean): WriteList {
    const transaction: WriteList = { database, isStrict, writes: [] }
    this.#underWay.add(transaction)
    return transaction
  }

  end(transaction: WriteList, isComplete: boolean): void {
    this.#underWay.delete(transaction)
    if (!isComplete || transaction.writes.length === 0) return
    this.#written.push(transaction)
    for (const write of transaction.writes) if (write.kind === "put") this.writtenBytes += bytesIn(write.value)
    if (transaction.isStrict && !this.isHasty) this.#settle(transaction.database)
  }

  /** The browser is gone: from now on there is what its end left. Call `restore` in the next one before all else. */
  crash(end: End): void {
    for (const name of new Set(this.#written.map(({ database }) => database))) this.#crashOne(name, end)
    for (const transaction of this.#underWay)
      if (end === "killed" && transaction.writes.length > 0 && this.#random.chance(0.5)) this.#apply(transaction)
    this.#written = []
    this.#underWay.clear()
    this.#factory = new IDBFactory()
  }

  /** Fills the new browser's databases. */
  async restore(): Promise<void> {
    for (const [name, database] of this.#databases) await this.#restoreOne(name, database)
  }

  #crashOne(name: string, end: End): void {
    const written = this.#written.filter(({ database }) => database === name)
    const kept = end === "killed" ? written.length : this.#random.below(written.length + 1)
    for (const transaction of written.slice(0, kept)) this.#apply(transaction)
  }

  /** A strict transaction brought everything before it to the disk, too. */
  #settle(name: string): void {
    for (const transaction of this.#written) if (transaction.database === name) this.#apply(transaction)
    this.#written = this.#written.filter(({ database }) => database !== name)
  }

  #apply({ database: name, writes }: WriteList): void {
    const database = this.#databases.get(name) ?? { version: 0, stores: new Map<string, Store>() }
    const { stores } = database
    this.#databases.set(name, database)
    for (const write of writes) {
      if (write.kind === "make") {
        database.version = write.version
        stores.set(write.store, { options: write.options, indices: write.indices, rows: new Map() })
        continue
      }
      const store = stores.get(write.store)
      if (store === undefined) continue
      if (write.kind === "put") put(store, write)
      else remove(store, write.key)
    }
  }

  #restoreOne(name: string, { version, stores }: Database): Promise<void> {
    return new Promise((resolve, reject) => {
      const opening = this.#factory.open(name, version)
      opening.onerror = () => reject(new Error(`${name} could not be restored`))
      opening.onupgradeneeded = () => {
        for (const [store, { options, indices, rows }] of stores) {
          const made = opening.result.createObjectStore(store, options)
          for (const index of indices) made.createIndex(index.name, index.keyPath)
          const ordered = [...rows.values()].toSorted((a, b) => this.#factory.cmp(a.key, b.key))
          for (const { key, value } of ordered) made.put(value, options.keyPath === undefined ? key : undefined)
        }
      }
      opening.onsuccess = () => {
        opening.result.close()
        resolve()
      }
    })
  }
}

const put = (store: Store, write: Extract<Write, { kind: "put" }>): void => {
  const key = keyOf(write, store) as IDBValidKey // the database took it, or would have
  store.rows.set(JSON.stringify(key), { key, value: write.value })
}

const remove = (store: Store, wanted: unknown): void => {
  if (!isRange(wanted)) store.rows.delete(JSON.stringify(wanted))
  else for (const [text, { key }] of store.rows) if (wanted.includes(key)) store.rows.delete(text)
}

/** A request that was not carried out yet has no result: its key is in the row, or comes next. */
const keyOf = ({ key, value, request }: Extract<Write, { kind: "put" }>, { options, rows }: Store): unknown => {
  if (request.readyState === "done") return request.result
  if (key !== undefined) return key
  const { keyPath } = options
  const field = (name: string): unknown => (value as Record<string, unknown>)[name]
  if (typeof keyPath === "string") return field(keyPath)
  if (Array.isArray(keyPath)) return keyPath.map(field)
  return 1 + Math.max(0, ...[...rows.values()].map((row) => Number(row.key)))
}

/** Length of the bytes in a row. */
const bytesIn = (value: unknown): number => {
  if (ArrayBuffer.isView(value)) return value.byteLength
  if (typeof value !== "object" || value === null) return 0
  return Object.values(value).reduce<number>((sum, part) => sum + bytesIn(part), 0)
}

const isRange = (wanted: unknown): wanted is IDBKeyRange => wanted instanceof IDBKeyRange
