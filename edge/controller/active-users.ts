/** Who used a service lately, from what its documents count. Keeps SPEC rule MNT-15. */
import { ACTIVE_FOR_MS } from "../../shared/maintenance/coverage.ts"

const TABLE = "CREATE TABLE IF NOT EXISTS active (subject TEXT PRIMARY KEY, seen INTEGER NOT NULL) WITHOUT ROWID"

export class ActiveUsers {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec(TABLE)
  }

  saw(subjects: readonly string[], at: number): void {
    for (const subject of subjects)
      this.#sql.exec(
        "INSERT INTO active (subject, seen) VALUES (?, ?) ON CONFLICT (subject) DO UPDATE SET seen = excluded.seen",
        subject,
        at
      )
    this.#sql.exec("DELETE FROM active WHERE seen < ?", at - ACTIVE_FOR_MS)
  }

  /** The subjects that count as active at `now`, in order. */
  active(now: number): readonly string[] {
    return this.#sql
      .exec<{ subject: string }>("SELECT subject FROM active WHERE seen >= ? ORDER BY subject", now - ACTIVE_FOR_MS)
      .toArray()
      .map(({ subject }) => subject)
  }
}
