/**
 * What a service controller keeps: facts as JSON, the clients it knows, the timeline of maintenances, the audit log. Values are
 * written and read by the controller alone, under a format number: a store of another format is refused, not guessed at.
 */

const FORMAT = 1

const TABLES = [
  "CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
  `CREATE TABLE IF NOT EXISTS clients (client TEXT PRIMARY KEY, subject TEXT NOT NULL, origin TEXT NOT NULL,
   connection TEXT NOT NULL, connected INTEGER NOT NULL, seen INTEGER NOT NULL, serial INTEGER NOT NULL,
   settled INTEGER NOT NULL, side TEXT, refused INTEGER NOT NULL, refusal TEXT, running TEXT, instruction TEXT,
   updated INTEGER, unsent INTEGER NOT NULL, environment TEXT NOT NULL) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS timeline (id INTEGER PRIMARY KEY AUTOINCREMENT, maintenance TEXT NOT NULL, at INTEGER NOT NULL,
   state TEXT NOT NULL, text TEXT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS audit (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, who TEXT NOT NULL,
   what TEXT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS client_steps (id INTEGER PRIMARY KEY AUTOINCREMENT, maintenance TEXT NOT NULL, at INTEGER NOT NULL,
   client TEXT NOT NULL, what TEXT NOT NULL, detail TEXT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS reports (id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, who TEXT NOT NULL,
   what TEXT NOT NULL)`
] as const

/** Named JSON values in an object's storage. */
export class Facts {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    for (const table of TABLES) sql.exec(table)
    const format = this.read<number>("format")
    if (format !== null && format !== FORMAT)
      throw new Error(`controller storage has format ${format}, this version reads ${FORMAT}`)
    if (format === null) this.write("format", FORMAT)
  }

  /** The value of a name, null when it was never written. The type is the writer's: see the format number above. */
  read<T>(name: string): T | null {
    const row = this.#sql.exec<{ value: string }>("SELECT value FROM facts WHERE name = ?", name).toArray()[0]
    return row === undefined ? null : (JSON.parse(row.value) as T)
  }

  write(name: string, value: unknown): void {
    this.#sql.exec(
      "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      name,
      JSON.stringify(value)
    )
  }
}
