/**
 * What an operator sees over time: requests by the side that answered them, browsers by what they do. Kept in steps for a day.
 * Keeps SPEC rule CTL-15.
 */
import type { StatesView } from "../../shared/protocol/admin-views.ts"

/** Length of a step, ms. */
const STEP_MS = 10_000
const KEPT_MS = 24 * 60 * 60 * 1000
/** A browser that was connected so lately is told as away. */
const AWAY_FOR_MS = 15 * 60 * 1000

const TABLES = [
  "CREATE TABLE IF NOT EXISTS request_series (at INTEGER PRIMARY KEY, server INTEGER NOT NULL, client INTEGER NOT NULL)",
  `CREATE TABLE IF NOT EXISTS state_series (at INTEGER PRIMARY KEY, serving INTEGER NOT NULL, ready INTEGER NOT NULL,
   without INTEGER NOT NULL, away INTEGER NOT NULL)`
] as const

type States = StatesView & Record<string, SqlStorageValue>

export class UsageSeries {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    for (const table of TABLES) sql.exec(table)
  }

  /** Requests that a side answered. */
  count(side: "server" | "client", requests: number, at: number): void {
    const [server, client] = side === "server" ? [requests, 0] : [0, requests]
    this.#sql.exec(
      `INSERT INTO request_series VALUES (?, ?, ?)
       ON CONFLICT (at) DO UPDATE SET server = server + excluded.server, client = client + excluded.client`,
      stepOf(at),
      server,
      client
    )
    this.#sql.exec("DELETE FROM request_series WHERE at < ?", at - KEPT_MS)
  }

  /** Notes what the browsers do now: a step holds what they did last in it. Called after they said something. */
  note(at: number): void {
    const { serving, ready, without, away } = this.#statesNow(at)
    this.#sql.exec(
      "INSERT OR REPLACE INTO state_series VALUES (?, ?, ?, ?, ?)",
      stepOf(at),
      serving,
      ready,
      without,
      away
    )
    this.#sql.exec("DELETE FROM state_series WHERE at < ?", at - KEPT_MS)
  }

  /** The last `ms` before `now`, as the admin API tells them. */
  read(ms: number, now: number) {
    const from = now - Math.min(ms, KEPT_MS)
    const since = stepOf(from)
    const requests = this.#sql
      .exec<Record<"at" | "server" | "client", number>>("SELECT * FROM request_series WHERE at >= ? ORDER BY at", since)
      .toArray()
    const states = this.#sql
      .exec<States & { at: number }>("SELECT * FROM state_series WHERE at >= ? ORDER BY at", since)
      .toArray()
    return { everyMs: STEP_MS, from, to: now, requests, states: [...states, { at: now, ...this.#statesNow(now) }] }
  }

  #statesNow(now: number): States {
    return this.#sql
      .exec<States>(
        `SELECT COUNT(*) FILTER (WHERE connected = 1 AND side = 'client') AS serving,
         COUNT(*) FILTER (WHERE connected = 1 AND side IS NOT 'client' AND running IS NOT NULL) AS ready,
         COUNT(*) FILTER (WHERE connected = 1 AND side IS NOT 'client' AND running IS NULL) AS without,
         COUNT(*) FILTER (WHERE connected = 0 AND seen >= ?) AS away FROM clients`,
        now - AWAY_FOR_MS
      )
      .one()
  }
}

const stepOf = (at: number): number => at - (at % STEP_MS)
