/**
 * The storage of one Durable Object, on real SQLite. As at Cloudflare, what was written is durable some time later, and
 * until then nothing that the object says reaches anybody (output gate): a crash takes back both.
 */
import { DatabaseSync, type SQLInputValue } from "node:sqlite"

type Row = Record<string, unknown>

/** What a query gives, as the Workers runtime has it. */
class Cursor implements Iterable<Row> {
  readonly #rows: readonly Row[]

  constructor(rows: readonly Row[]) {
    this.#rows = rows
  }

  toArray(): Row[] {
    return [...this.#rows]
  }

  one(): Row {
    const [row] = this.#rows
    if (row === undefined || this.#rows.length !== 1) throw new Error(`expected one row, got ${this.#rows.length}`)
    return row
  }

  [Symbol.iterator](): Iterator<Row> {
    return this.#rows[Symbol.iterator]()
  }
}

/** The storage failed, as the weather wanted it (F65). */
export class StorageFailure extends Error {
  override readonly name = "StorageFailure"

  constructor() {
    super("the storage failed")
  }
}

export class ObjectStorage {
  readonly #database = new DatabaseSync(":memory:")
  readonly #statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>()
  /** Something was written that is not durable yet. */
  #isDirty = false
  #held: (() => void)[] = []
  /** Fails the next transactions (F65). */
  failures = 0
  readonly #flushSoon: () => void
  /** Bytes of blobs that were ever written. */
  writtenBytes = 0
  /** Lets out what is said before it is durable: an edge that lies, for tests of the checker. */
  isHasty = false

  /** @param flushSoon called when there is something to make durable: `flush` is due */
  constructor(flushSoon: () => void) {
    this.#flushSoon = flushSoon
    this.#database.exec("BEGIN")
  }

  readonly sql = {
    exec: (query: string, ...bindings: unknown[]): Cursor => this.#exec(query, bindings),
    get databaseSize(): number {
      return 0
    }
  }

  transactionSync<T>(work: () => T): T {
    this.#database.exec("SAVEPOINT unit")
    try {
      const result = work()
      if (this.failures > 0) {
        this.failures--
        throw new StorageFailure()
      }
      this.#database.exec("RELEASE unit")
      return result
    } catch (cause) {
      this.#database.exec("ROLLBACK TO unit; RELEASE unit")
      throw cause
    }
  }

  /** Runs `say` once all that was written before is durable. */
  whenDurable(say: () => void): void {
    if (this.#isDirty && !this.isHasty) this.#held.push(say)
    else say()
  }

  flush(): void {
    if (!this.#isDirty) return
    this.#database.exec("COMMIT; BEGIN")
    this.#isDirty = false
    for (const say of this.#held.splice(0)) say()
  }

  /** What is not durable never was, and what was to be said about it is not. */
  crash(): void {
    this.#database.exec("ROLLBACK; BEGIN")
    this.#isDirty = false
    this.#held = []
  }

  close(): void {
    this.#database.close()
  }

  #exec(query: string, bindings: readonly unknown[]): Cursor {
    const statement = this.#statements.get(query) ?? this.#database.prepare(query)
    this.#statements.set(query, statement)
    const rows = statement.all(...bindings.map(asInput)).map(asRow)
    if (!/^\s*select\b/i.test(query)) this.#written(bindings)
    return new Cursor(rows)
  }

  #written(bindings: readonly unknown[]): void {
    for (const value of bindings)
      if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) this.writtenBytes += value.byteLength
    if (this.#isDirty) return
    this.#isDirty = true
    this.#flushSoon()
  }
}

const asInput = (value: unknown): SQLInputValue =>
  value instanceof ArrayBuffer ? new Uint8Array(value) : (value as SQLInputValue) // SQLite refuses what is none

/** The Workers runtime gives blobs as ArrayBuffers. */
const asRow = (row: Row): Row => {
  const made: Row = {}
  for (const [name, value] of Object.entries(row))
    made[name] = value instanceof Uint8Array ? value.slice().buffer : value
  return made
}
