/** The versions of a service's standing policies: every one that was ever put in force, for going back. Keeps SPEC rule CTL-11. */

const TABLE = `CREATE TABLE IF NOT EXISTS policies (version INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,
  who TEXT NOT NULL, value TEXT NOT NULL)`
const MAX_VERSIONS = 200

/** A version without its text. */
export interface PolicyVersion extends Record<string, SqlStorageValue> {
  version: number
  at: number
  who: string
}

export class PolicyVersions {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec(TABLE)
  }

  /** Keeps a version; its number. */
  add(at: number, who: string, value: string): number {
    const { version } = this.#sql
      .exec<{ version: number }>(
        "INSERT INTO policies (at, who, value) VALUES (?, ?, ?) RETURNING version",
        at,
        who,
        value
      )
      .one()
    this.#sql.exec("DELETE FROM policies WHERE version <= ?", version - MAX_VERSIONS)
    return version
  }

  /** Newest first. */
  list(): readonly PolicyVersion[] {
    return this.#sql.exec<PolicyVersion>("SELECT version, at, who FROM policies ORDER BY version DESC").toArray()
  }

  /** The JSON text of a version, null for one that is not kept. */
  text(version: number): string | null {
    const rows = this.#sql.exec<{ value: string }>("SELECT value FROM policies WHERE version = ?", version).toArray()
    return rows[0]?.value ?? null
  }
}
