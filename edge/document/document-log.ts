/**
 * What is durable of a document: a log of V1 updates over a snapshot, both in pieces that fit a row.
 * Keeps SPEC rules DOC-2 (a row is at most 1.5 MB), DOC-3 (compaction is one transaction made from persisted rows
 * only) and DOC-4 (an object that starts empty gets an instance id of its own, F44).
 */
import * as Y from "yjs"
import { MAX_DOCUMENT_BYTES } from "../../shared/app/document-size.ts"
import { readMeta, writeMeta, type DocumentStorage } from "./tables.ts"

/** Production refuses rows over 2 MB; local workerd does not, so the limit is kept here. */
export const MAX_ROW_BYTES = 1_500_000
/** The log is compacted when it is longer than this and than the snapshot, or takes half the room that is left, or has this many rows, */
const MAX_LOG_ROWS = 1000
const MAX_LOG_BYTES = 1_000_000
/** and one more for so many bytes of snapshot: reading a row costs about as much as parsing these. */
const SNAPSHOT_BYTES_PER_ROW = 2000

export class DocumentLog {
  readonly #storage: DocumentStorage
  #rows: number
  #bytes: number
  #snapshotBytes: number
  readonly instance: string

  /** @param newInstance makes the instance id of a document that was not there before */
  constructor(storage: DocumentStorage, newInstance: () => string) {
    this.#storage = storage
    this.instance = readMeta(storage, "instance") ?? newInstance()
    writeMeta(storage, "instance", this.instance)
    const size = (table: string) =>
      storage.sql
        .exec<{ rows: number; bytes: number }>(
          `SELECT COUNT(*) AS rows, COALESCE(SUM(LENGTH(data)), 0) AS bytes FROM ${table}`
        )
        .one()
    const log = size("updates")
    this.#rows = log.rows
    this.#bytes = log.bytes
    this.#snapshotBytes = size("snapshot").bytes
  }

  /** Everything that is durable, as V1 updates in the order they were written. */
  load(): readonly Uint8Array[] {
    const { sql } = this.#storage
    const snapshot = sql.exec<{ data: ArrayBuffer }>("SELECT data FROM snapshot ORDER BY part").toArray()
    const updates: Uint8Array[] = snapshot.length === 0 ? [] : [joined(snapshot.map((row) => row.data))]
    let pieces: ArrayBuffer[] = []
    for (const row of sql.exec<{ data: ArrayBuffer; ends: number }>("SELECT data, ends FROM updates ORDER BY seq")) {
      pieces.push(row.data)
      if (row.ends === 0) continue
      updates.push(joined(pieces))
      pieces = []
    }
    return updates
  }

  /** Writes a unit as one storage transaction. What it appends counts once it is stored. */
  transaction(write: () => void): void {
    const [rows, bytes] = [this.#rows, this.#bytes]
    try {
      this.#storage.transactionSync(write)
    } catch (cause) {
      this.#rows = rows
      this.#bytes = bytes
      throw cause
    }
  }

  /** Appends one update; called inside the transaction of the unit that it belongs to. */
  append(update: Uint8Array, author: string): void {
    const parts = pieces(update)
    for (const [index, part] of parts.entries())
      this.#storage.sql.exec(
        "INSERT INTO updates (ends, author, data) VALUES (?, ?, ?)",
        index === parts.length - 1 ? 1 : 0,
        author,
        part
      )
    this.#rows += parts.length
    this.#bytes += update.length
  }

  /** Stored bytes, log and snapshot. */
  get bytes(): number {
    return this.#bytes + this.#snapshotBytes
  }

  /** Whether anything was written since the last compaction. */
  get hasRows(): boolean {
    return this.#rows > 0
  }

  /** Whether the log has grown so long that loading it costs more than compacting it. */
  get isLong(): boolean {
    const rows = MAX_LOG_ROWS + this.#snapshotBytes / SNAPSHOT_BYTES_PER_ROW
    const bytes = Math.min(this.#snapshotBytes, (MAX_DOCUMENT_BYTES - this.#snapshotBytes) / 2)
    return this.#rows > rows || this.#bytes > Math.max(MAX_LOG_BYTES, bytes)
  }

  /** Replaces the log by a snapshot of what is persisted. */
  compact(): void {
    const doc = new Y.Doc()
    const updates = this.load()
    doc.transact(() => {
      for (const update of updates) Y.applyUpdate(doc, update)
    })
    const state = Y.encodeStateAsUpdate(doc)
    doc.destroy()
    const { sql } = this.#storage
    this.#storage.transactionSync(() => {
      sql.exec("DELETE FROM snapshot")
      sql.exec("DELETE FROM updates")
      for (const [part, data] of pieces(state).entries())
        sql.exec("INSERT INTO snapshot (part, data) VALUES (?, ?)", part, data)
    })
    this.#rows = 0
    this.#bytes = 0
    this.#snapshotBytes = state.length
  }
}

const pieces = (bytes: Uint8Array): Uint8Array[] => {
  const parts: Uint8Array[] = []
  for (let start = 0; start < bytes.length; start += MAX_ROW_BYTES)
    parts.push(bytes.subarray(start, start + MAX_ROW_BYTES))
  return parts
}

const joined = (parts: readonly ArrayBuffer[]): Uint8Array => {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return new Uint8Array(only)
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(new Uint8Array(part), offset)
    offset += part.byteLength
  }
  return whole
}
