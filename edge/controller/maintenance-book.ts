/** The maintenances of a service, the running one and those that were: each as it stood last. Keeps SPEC rule CTL-14. */
import { releaseAfter, type Maintenance } from "../../shared/maintenance/transition.ts"

const TABLE = `CREATE TABLE IF NOT EXISTS maintenances (id TEXT PRIMARY KEY, started INTEGER NOT NULL,
  value TEXT NOT NULL) WITHOUT ROWID`
const MAX_MAINTENANCES = 200

export class MaintenanceBook {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec(TABLE)
  }

  put(maintenance: Maintenance): void {
    const { id, startedAt } = maintenance.plan
    const value = JSON.stringify(maintenance)
    this.#sql.exec(
      "INSERT INTO maintenances VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET value = excluded.value",
      id,
      startedAt,
      value
    )
    this.#sql.exec(
      "DELETE FROM maintenances WHERE id NOT IN (SELECT id FROM maintenances ORDER BY started DESC LIMIT ?)",
      MAX_MAINTENANCES
    )
  }

  /** A maintenance, null for one that is not kept. */
  get(id: string): Maintenance | null {
    return this.#read("WHERE id = ?", id)[0] ?? null
  }

  /** Newest first. */
  list(): readonly Maintenance[] {
    return this.#read("ORDER BY started DESC")
  }

  #read(where: string, ...values: SqlStorageValue[]): readonly Maintenance[] {
    return this.#sql
      .exec<{ value: string }>(`SELECT value FROM maintenances ${where}`, ...values)
      .toArray()
      .map(({ value }) => JSON.parse(value) as Maintenance) // written by put
  }
}

/** A maintenance in a list. */
export const pastView = (maintenance: Maintenance) => {
  const { plan, state, aborted, since } = maintenance
  const release = { before: plan.before, after: releaseAfter(maintenance) }
  return { id: plan.id, state, aborted, startedAt: plan.startedAt, since, release, urls: plan.request.urls }
}
