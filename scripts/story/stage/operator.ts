/** The operator's calls over HTTP, with the admin token: the admin API, and what only a proof asks for. */
import * as v from "valibot"
import { AdminApi, type RequestInput } from "../../../shared/protocol/admin-api.ts"
import type {
  AuditEntryView,
  ClientView,
  MaintenanceState,
  MaintenanceView,
  PoliciesView
} from "../../../shared/protocol/admin-views.ts"
import { parseJson } from "../../../shared/protocol/parse.ts"
import type { StandingRules } from "./standing-rules.ts"

const TraceSchema = v.object({
  rows: v.array(
    v.object({ token: v.string(), method: v.string(), path: v.string(), status: v.number(), at: v.number() })
  ),
  cursor: v.nullable(v.string())
})
type EdgeTraceRow = v.InferOutput<typeof TraceSchema>["rows"][number]

const CALL_WITHIN_MS = 10_000

export class Operator {
  readonly #origin: string
  readonly #token: string
  readonly #api = new AdminApi({
    ask: (method, path, body) => this.#ask(method, path, body),
    fail: (fault, text) => new Error(`${fault}: ${text}`)
  })

  constructor(origin: string, token: string) {
    this.#origin = origin
    this.#token = token
  }

  startMaintenance(request: RequestInput): Promise<MaintenanceState> {
    return this.#api.start(request)
  }

  /** Where it is, and its record. */
  maintenance(id: string): Promise<MaintenanceView> {
    return this.#api.maintenance(id)
  }

  resume(id: string): Promise<MaintenanceState> {
    return this.#api.resume(id)
  }

  async clients(service: string): Promise<readonly ClientView[]> {
    return (await this.#api.clients())[service] ?? []
  }

  /** Who did what, and what clients reported; for the evidence. */
  audit(): Promise<Readonly<Record<string, readonly AuditEntryView[]>>> {
    return this.#api.audit()
  }

  policies(service: string): Promise<PoliciesView> {
    return this.#api.policies(service)
  }

  setPolicies(service: string, rules: StandingRules): Promise<{ readonly serial: number }> {
    return this.setStanding(service, { client: { rules } })
  }

  /** Both standing policies. */
  setStanding(service: string, policies: object): Promise<{ readonly serial: number }> {
    return this.#api.setPolicies(service, JSON.stringify(policies))
  }

  /** A load of the server that was measured outside, between 0 and 1. */
  async reportLoad(service: string, load: number): Promise<void> {
    const report = JSON.stringify({ service, load, from: "outside", for: "10m" })
    const { status, text } = await this.#ask("POST", "environment", report)
    if (status >= 400) throw new Error(`a reported load was answered ${status}: ${text}`)
  }

  /** Every row of the edge's trace. */
  async trace(): Promise<readonly EdgeTraceRow[]> {
    const all: EdgeTraceRow[] = []
    for (let cursor: string | null = ""; cursor !== null;) {
      const path: string = cursor === "" ? "trace" : `trace?cursor=${encodeURIComponent(cursor)}`
      const { status, text } = await this.#ask("GET", path, undefined)
      const page = parseJson(TraceSchema, text)
      if (!page.ok) throw new Error(`${path} was answered ${status}: ${page.error}`)
      all.push(...page.value.rows)
      cursor = page.value.cursor
    }
    return all
  }

  async #ask(
    method: string,
    path: string,
    body: string | undefined
  ): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(`${this.#origin}/_locum/${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
      body: body ?? null,
      signal: AbortSignal.timeout(CALL_WITHIN_MS)
    })
    return { status: response.status, text: await response.text() }
  }
}
