/**
 * What the admin API answers, as its readers (command, console) parse it: more fields may come with a newer edge and do no harm.
 */
import * as v from "valibot"
import { ServerVerdictSchema } from "../policy/client-policy.ts"
import { RulesSchema, ServerRulesSchema } from "../policy/rules.ts"
import { StandingPoliciesSchema } from "../policy/standing-policies.ts"
import { EnvironmentSchema } from "../environment/readings.ts"
import { RefusalSchema } from "./control-up.ts"
import { SideSchema } from "./names.ts"

const nullableText = v.nullable(v.string())

/** A release that a deployment publishes. */
const PublishedReleaseSchema = v.object({
  release: v.string(),
  serial: v.number(),
  schema: v.number(),
  issued: v.number(),
  expires: v.number(),
  bytes: v.number()
})
export type PublishedRelease = v.InferOutput<typeof PublishedReleaseSchema>

const ModeSchema = v.object({
  mode: v.picklist(["open", "closed"]),
  serial: v.number(),
  urls: v.optional(v.array(v.string()))
})

/** `/_locum/services`: what runs where. */
export const ServicesSchema = v.array(
  v.object({
    service: v.string(),
    mount: v.string(),
    /** The release that the Worker has, and the one of the controller's object: for moments of a rollout they differ. */
    worker: v.string(),
    controller: v.string(),
    /** The release that browsers should run. */
    clients: v.string(),
    serial: v.number(),
    mode: ModeSchema,
    /** The maintenance that runs. */
    maintenance: v.nullable(v.object({ id: v.string(), state: v.string() })),
    published: v.array(PublishedReleaseSchema)
  })
)
export type ServiceView = v.InferOutput<typeof ServicesSchema>[number]

export const ClientViewSchema = v.object({
  client: v.string(),
  subject: v.string(),
  connected: v.boolean(),
  seen: v.number(),
  serial: v.number(),
  settled: v.number(),
  side: v.nullable(SideSchema),
  refused: v.number(),
  refusal: v.nullable(RefusalSchema),
  running: nullableText,
  updated: v.nullable(v.boolean()),
  unsent: v.number(),
  environment: EnvironmentSchema
})
export type ClientView = v.InferOutput<typeof ClientViewSchema>

export const ClientsSchema = v.record(v.string(), v.array(ClientViewSchema))

const RequestSchema = v.object({
  urls: v.array(v.string()),
  order: v.array(SideSchema),
  release: v.string(),
  waves: v.array(v.number()),
  resume: v.string(),
  deadline: v.number()
})

/** What a wish about a maintenance (start, resume, abort) is answered with: which, and where it is at that moment. */
export const MaintenanceStateSchema = v.object({ id: v.string(), state: v.string() })
export type MaintenanceState = v.InferOutput<typeof MaintenanceStateSchema>

/** `/_locum/maintenance/<id>`: where it is, and its record. */
export const MaintenanceViewSchema = v.object({
  id: v.string(),
  service: v.string(),
  state: v.string(),
  aborted: nullableText,
  setback: nullableText,
  serial: v.number(),
  startedAt: v.number(),
  since: v.number(),
  release: v.object({ before: v.string(), after: v.string() }),
  request: RequestSchema,
  clients: v.array(ClientViewSchema),
  report: v.object({
    states: v.array(v.object({ state: v.string(), text: v.string(), at: v.number(), ms: v.nullable(v.number()) })),
    clients: v.array(v.object({ at: v.number(), client: v.string(), what: v.string(), detail: v.unknown() }))
  })
})
export type MaintenanceView = v.InferOutput<typeof MaintenanceViewSchema>

/** `/_locum/history`: the maintenances of each service, newest first. */
export const HistorySchema = v.record(
  v.string(),
  v.array(
    v.object({
      id: v.string(),
      state: v.string(),
      aborted: nullableText,
      startedAt: v.number(),
      since: v.number(),
      release: v.object({ before: v.string(), after: v.string() }),
      urls: v.array(v.string())
    })
  )
)
export type PastMaintenance = v.InferOutput<typeof HistorySchema>[string][number]

export const CoverageViewSchema = v.object({
  active: v.number(),
  covered: v.number(),
  uncovered: v.array(v.object({ subject: v.string(), why: v.string() })),
  others: v.string()
})
export type CoverageView = v.InferOutput<typeof CoverageViewSchema>

export const CoveragesSchema = v.record(v.string(), CoverageViewSchema)

const PairSchema = v.nullable(v.object({ client: v.array(v.unknown()), server: v.unknown() }))

/** `/_locum/maintenance/preview`. */
export const PreviewSchema = v.object({
  /** As it would be carried out. */
  request: RequestSchema,
  states: v.array(v.string()),
  policies: v.object({ take: PairSchema, return: PairSchema }),
  coverage: CoverageViewSchema
})
export type Preview = v.InferOutput<typeof PreviewSchema>

/** `/_locum/policies/<service>`: the standing ones, and what is in force. */
export const PoliciesViewSchema = v.object({
  ...StandingPoliciesSchema.entries,
  serial: v.number(),
  inForce: v.object({
    serial: v.number(),
    rules: RulesSchema,
    temporary: nullableText,
    verdict: v.nullable(ServerVerdictSchema),
    server: v.object({ priority: SideSchema, rules: ServerRulesSchema })
  })
})
export type PoliciesView = v.InferOutput<typeof PoliciesViewSchema>

export const PolicyVersionsSchema = v.array(v.object({ version: v.number(), at: v.number(), who: v.string() }))
export type PolicyVersionView = v.InferOutput<typeof PolicyVersionsSchema>[number]

/** What putting policies in force answers. */
export const PoliciesSetSchema = v.object({ serial: v.number(), version: v.number() })

export const AuditSchema = v.record(
  v.string(),
  v.array(v.object({ at: v.number(), who: v.string(), what: v.string() }))
)
export type AuditEntryView = v.InferOutput<typeof AuditSchema>[string][number]

/** `/_locum/environment`. */
export const EnvironmentsSchema = v.record(
  v.string(),
  v.object({
    load: v.nullable(v.number()),
    traffic: v.nullable(
      v.object({
        requestsPerSecond: v.number(),
        inFlight: v.number(),
        waitMs: v.nullable(v.number()),
        errorShare: v.nullable(v.number())
      })
    )
  })
)

/** The browsers of a service by what they do, at one moment. */
export const StatesSchema = v.object({
  /** Answer the service's requests themselves. */
  serving: v.number(),
  /** Stand by: the server answers. */
  ready: v.number(),
  /** Hold no release yet. */
  without: v.number(),
  /** Not connected; were so in the last 15 minutes. */
  away: v.number()
})
export type StatesView = v.InferOutput<typeof StatesSchema>

/** `/_locum/series`: counts and states over time, oldest first. */
export const SeriesSchema = v.record(
  v.string(),
  v.object({
    /** Length of the time that a count is of, ms. */
    everyMs: v.number(),
    from: v.number(),
    to: v.number(),
    /** Requests by the side that answered them; a time without any has no entry. */
    requests: v.array(v.object({ at: v.number(), server: v.number(), client: v.number() })),
    /** Each holds until the next. */
    states: v.array(v.object({ at: v.number(), ...StatesSchema.entries }))
  })
)
export type SeriesView = v.InferOutput<typeof SeriesSchema>[string]

/** Every refusal of the admin API. */
export const ProblemSchema = v.object({ error: v.string() })
