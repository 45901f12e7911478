/**
 * The record: what happened in each maintenance, live for those who watch, and who asked for what. Keeps SPEC rules CTL-5 and
 * CTL-6 (stored before anybody is told).
 */

/** One step of a maintenance. */
export interface Step {
  readonly id: number
  readonly maintenance: string
  readonly at: number
  readonly state: string
  readonly text: string
}

/** Who asked for what. */
export interface AuditEntry {
  readonly id: number
  readonly at: number
  readonly who: string
  readonly what: string
}

/** What one client did in a maintenance. */
export interface ClientStep {
  readonly at: number
  readonly client: string
  /** `acknowledge`, `refuse` or `updated`; `unanswered` when a state went on without it. */
  readonly what: string
  /** Serial or instruction that it answered, how long it took, its reason; unanswered: in which state, when it was last heard. JSON. */
  readonly detail: string
}

type Row<T> = T & Record<string, SqlStorageValue>
type Listener = (step: Step) => void

const MAX_AUDIT_ROWS = 1000
const MAX_REPORT_ROWS = 1000
const MAX_CLIENT_ROWS = 50_000

export class Timeline {
  readonly #sql: SqlStorage
  readonly #listeners = new Set<Listener>()

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  add(maintenance: string, at: number, state: string, text: string): void {
    const { id } = this.#sql
      .exec<{ id: number }>(
        "INSERT INTO timeline (maintenance, at, state, text) VALUES (?, ?, ?, ?) RETURNING id",
        maintenance,
        at,
        state,
        text
      )
      .one()
    for (const listener of this.#listeners) listener({ id, maintenance, at, state, text })
  }

  of(maintenance: string): readonly Step[] {
    return this.#sql.exec<Row<Step>>("SELECT * FROM timeline WHERE maintenance = ? ORDER BY id", maintenance).toArray()
  }

  addClient(maintenance: string, { at, client, what, detail }: ClientStep): void {
    const { id } = this.#sql
      .exec<{ id: number }>(
        "INSERT INTO client_steps (maintenance, at, client, what, detail) VALUES (?, ?, ?, ?, ?) RETURNING id",
        maintenance,
        at,
        client,
        what,
        detail
      )
      .one()
    this.#sql.exec("DELETE FROM client_steps WHERE id <= ?", id - MAX_CLIENT_ROWS)
  }

  clientsOf(maintenance: string): readonly ClientStep[] {
    return this.#sql
      .exec<Row<ClientStep>>(
        "SELECT at, client, what, detail FROM client_steps WHERE maintenance = ? ORDER BY id",
        maintenance
      )
      .toArray()
  }

  /** Calls `listener` for every step from now on; the result ends it. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  addAudit(at: number, who: string, what: string): void {
    this.#sql.exec("INSERT INTO audit (at, who, what) VALUES (?, ?, ?)", at, who, what)
  }

  /** What a client reports: kept apart and bounded, so that no client can push an operator's entry out. */
  addReport(at: number, client: string, what: string): void {
    const { id } = this.#sql
      .exec<{ id: number }>("INSERT INTO reports (at, who, what) VALUES (?, ?, ?) RETURNING id", at, client, what)
      .one()
    this.#sql.exec("DELETE FROM reports WHERE id <= ?", id - MAX_REPORT_ROWS)
  }

  /** The newest entries of the audit log and of the clients' reports, oldest first. */
  audit(): readonly AuditEntry[] {
    const newest = (table: "audit" | "reports", limit: number): readonly AuditEntry[] =>
      this.#sql.exec<Row<AuditEntry>>(`SELECT * FROM ${table} ORDER BY id DESC LIMIT ?`, limit).toArray()
    return [...newest("audit", MAX_AUDIT_ROWS), ...newest("reports", MAX_REPORT_ROWS)].sort((a, b) => a.at - b.at)
  }
}

/** A server-sent stream of a maintenance's steps: those so far, then each as it comes, until the maintenance is over. */
export const stepStream = (
  timeline: Timeline,
  maintenance: string,
  isOver: () => boolean
): ReadableStream<Uint8Array> => {
  const encoder = new TextEncoder()
  let stop = (): void => undefined
  return new ReadableStream({
    start(controller) {
      const send = (step: Step): void => {
        controller.enqueue(encoder.encode(`id: ${step.id}\nevent: step\ndata: ${JSON.stringify(step)}\n\n`))
        if (step.state === "finished") {
          stop()
          controller.close()
        }
      }
      const past = timeline.of(maintenance)
      if (!isOver()) stop = timeline.listen((step) => (step.maintenance === maintenance ? send(step) : undefined))
      for (const step of past) send(step)
    },
    cancel: () => stop()
  })
}
