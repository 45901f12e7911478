/**
 * The tables of a document object and what they hold; every other file of this unit reads and writes one of them.
 * Keeps SPEC rule DOC-1: all that belongs to one unit of work is written in one storage transaction.
 */

/** The part of an object's storage that this unit uses. */
export interface DocumentStorage {
  readonly sql: SqlStorage
  transactionSync<T>(run: () => T): T
}

const TABLES = [
  // Facts about the object, one row each.
  "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
  // The log: one V1 update is one row, or several in sequence of which the last has `ends` = 1.
  `CREATE TABLE IF NOT EXISTS updates (seq INTEGER PRIMARY KEY AUTOINCREMENT, ends INTEGER NOT NULL, author TEXT NOT NULL,
   data BLOB NOT NULL)`,
  // Everything that was in the log when it was last compacted, in pieces.
  "CREATE TABLE IF NOT EXISTS snapshot (part INTEGER PRIMARY KEY, data BLOB NOT NULL)",
  // Kept answers, per user.
  `CREATE TABLE IF NOT EXISTS answers (user TEXT NOT NULL, effective_key TEXT NOT NULL, status INTEGER NOT NULL,
   headers TEXT NOT NULL, body BLOB, at INTEGER NOT NULL, PRIMARY KEY (user, effective_key)) WITHOUT ROWID`,
  "CREATE INDEX IF NOT EXISTS answers_at ON answers (user, at)",
  // Which user a Yjs client id belongs to: the one who used it first (F75).
  "CREATE TABLE IF NOT EXISTS clients (client INTEGER PRIMARY KEY, user TEXT NOT NULL)",
  // The explicit word about a person; `told` is 0 until the index by person has it.
  `CREATE TABLE IF NOT EXISTS members (subject TEXT PRIMARY KEY, word TEXT NOT NULL, change INTEGER NOT NULL,
   told INTEGER NOT NULL) WITHOUT ROWID`,
  // Who changed whose membership: `before` is null for somebody of whom nothing was said.
  `CREATE TABLE IF NOT EXISTS member_changes (id INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT NOT NULL, before TEXT,
   word TEXT NOT NULL, who TEXT NOT NULL, at INTEGER NOT NULL)`,
  // One row per traced answer; written only when LOCUM_TRACE is on.
  `CREATE TABLE IF NOT EXISTS trace (id INTEGER PRIMARY KEY AUTOINCREMENT, token TEXT NOT NULL, method TEXT NOT NULL,
   path TEXT NOT NULL, status INTEGER NOT NULL, at INTEGER NOT NULL)`
] as const

/** Makes what is not there yet. */
export const createTables = ({ sql }: DocumentStorage): void => {
  for (const table of TABLES) sql.exec(table)
}

/** A fact about the object, null when it was never written. */
export const readMeta = ({ sql }: DocumentStorage, name: string): string | null => {
  const row = sql.exec<{ value: string }>("SELECT value FROM meta WHERE name = ?", name).toArray()[0]
  return row === undefined ? null : row.value
}

/** Writes a fact about the object. */
export const writeMeta = ({ sql }: DocumentStorage, name: string, value: string): void => {
  sql.exec(
    "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    name,
    value
  )
}
