/** The operator's calls over HTTP, with the admin token. What comes back is parsed before anything is believed. */
import * as v from "valibot"
import { parse } from "../../../shared/protocol/parse.ts"
import type { StandingRules } from "./standing-rules.ts"

const MaintenanceSchema = v.object({
  id: v.string(),
  state: v.string(),
  aborted: v.nullable(v.string()),
  release: v.object({ before: v.string(), after: v.string() })
})
/** A maintenance as the edge shows it. */
export type MaintenanceView = v.InferOutput<typeof MaintenanceSchema>

const ClientSchema = v.object({
  client: v.string(),
  subject: v.string(),
  connected: v.union([v.number(), v.boolean()]),
  settled: v.number(),
  side: v.nullable(v.string()),
  running: v.nullable(v.string()),
  unsent: v.number(),
  refused: v.number(),
  refusal: v.unknown()
})
/** A client as the edge knows it. */
export type ClientView = v.InferOutput<typeof ClientSchema>

const TraceSchema = v.object({
  rows: v.array(
    v.object({ token: v.string(), method: v.string(), path: v.string(), status: v.number(), at: v.number() })
  ),
  cursor: v.nullable(v.string())
})
type EdgeTraceRow = v.InferOutput<typeof TraceSchema>["rows"][number]

const RecordSchema = v.object({
  state: v.string(),
  aborted: v.nullable(v.string()),
  report: v.object({
    states: v.array(v.object({ state: v.string(), ms: v.nullable(v.number()) })),
    clients: v.array(v.object({ at: v.number(), client: v.string(), what: v.string(), detail: v.unknown() }))
  })
})
/** The record of a maintenance: how long each state took, and what each client answered. */
export type MaintenanceRecord = v.InferOutput<typeof RecordSchema>

const PoliciesSchema = v.object({
  client: v.object({ rules: v.array(v.unknown()) }),
  serial: v.number()
})

export class Operator {
  readonly #origin: string
  readonly #token: string

  constructor(origin: string, token: string) {
    this.#origin = origin
    this.#token = token
  }

  startMaintenance(request: object): Promise<MaintenanceView> {
    return this.#call("POST", "/_locum/maintenance", MaintenanceSchema, request)
  }

  maintenance(id: string): Promise<MaintenanceView> {
    return this.#call("GET", `/_locum/maintenance/${id}`, MaintenanceSchema)
  }

  resume(id: string): Promise<MaintenanceView> {
    return this.#call("POST", `/_locum/maintenance/${id}/resume`, MaintenanceSchema)
  }

  record(id: string): Promise<MaintenanceRecord> {
    return this.#call("GET", `/_locum/maintenance/${id}`, RecordSchema)
  }

  async clients(service: string): Promise<readonly ClientView[]> {
    const byService = await this.#call("GET", "/_locum/clients", v.record(v.string(), v.array(ClientSchema)))
    return byService[service] ?? []
  }

  /** Who did what, and what clients reported; for the evidence. */
  audit(): Promise<unknown> {
    return this.#call("GET", "/_locum/audit", v.unknown())
  }

  policies(service: string): Promise<v.InferOutput<typeof PoliciesSchema>> {
    return this.#call("GET", `/_locum/policies/${service}`, PoliciesSchema)
  }

  setPolicies(service: string, rules: StandingRules): Promise<unknown> {
    return this.setStanding(service, { client: { rules } })
  }

  /** Both standing policies. */
  setStanding(service: string, policies: object): Promise<unknown> {
    return this.#call("PUT", `/_locum/policies/${service}`, v.unknown(), policies)
  }

  /** A load of the server that was measured outside, between 0 and 1. */
  reportLoad(service: string, load: number): Promise<unknown> {
    return this.#call("POST", "/_locum/environment", v.unknown(), { service, load, from: "outside", for: "10m" })
  }

  /** Every row of the edge's trace. */
  async trace(): Promise<readonly EdgeTraceRow[]> {
    const all: EdgeTraceRow[] = []
    for (let cursor: string | null = ""; cursor !== null;) {
      const path: string = cursor === "" ? "/_locum/trace" : `/_locum/trace?cursor=${encodeURIComponent(cursor)}`
      const page: v.InferOutput<typeof TraceSchema> = await this.#call("GET", path, TraceSchema)
      all.push(...page.rows)
      cursor = page.cursor
    }
    return all
  }

  async #call<const S extends v.GenericSchema>(
    method: string,
    path: string,
    schema: S,
    body?: object
  ): Promise<v.InferOutput<S>> {
    const response = await fetch(this.#origin + path, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(10_000)
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text.slice(0, 300)}`)
    const parsed = parse(schema, JSON.parse(text))
    if (!parsed.ok) throw new Error(`${method} ${path}: ${parsed.error}`)
    return parsed.value
  }
}
