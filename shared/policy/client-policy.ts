/**
 * The client policy (patent's fig. 5): which side serves which URLs of one service, signed by the service controller.
 * Keeps SPEC rules POL-1 to POL-5.
 */
import * as v from "valibot"
import {
  OriginSchema,
  ReleaseIdSchema,
  SerialSchema,
  ServiceNameSchema,
  SideSchema,
  TimeMsSchema
} from "../protocol/names.ts"
import type { Parsed } from "../protocol/parse.ts"
import { PatternSchema } from "./pattern.ts"
import { MAX_RULES, RulesSchema, SyncRuleSchema } from "./rules.ts"

/**
 * What the server's own policy says now, as the service controller found it from the server's readings: a side for each of its
 * patterns, and for which share of the clients (by their position) that is so.
 */
export const ServerVerdictSchema = v.strictObject({
  /** Which policy wins where the two want different sides (P19). */
  priority: SideSchema,
  rules: v.pipe(
    v.array(
      v.strictObject({
        match: PatternSchema,
        serve: SideSchema,
        /** Clients at or under this position are meant; those over it get `otherwise`. */
        share: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
        otherwise: SideSchema,
        /** The sync rule that stands in the server's policy (P19). */
        sync: v.exactOptional(SyncRuleSchema)
      })
    ),
    v.maxLength(MAX_RULES)
  )
})
export type ServerVerdict = v.InferOutput<typeof ServerVerdictSchema>

export const ClientPolicySchema = v.strictObject({
  format: v.literal(1),
  side: v.literal("client"),
  service: ServiceNameSchema,
  origin: OriginSchema,
  serial: SerialSchema,
  issued: TimeMsSchema,
  /** After this, the policy may not be newly installed; one that is installed stays in force (promise 5). */
  expires: TimeMsSchema,
  /** The release that a client should hold and run. */
  release: ReleaseIdSchema,
  /** Set when this policy stands in for the standing one during a maintenance: its id. */
  temporary: v.nullable(v.pipe(v.string(), v.maxLength(64))),
  /** Days that a replica is served without a verified session. */
  offlineDays: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(366)),
  rules: RulesSchema,
  /** Absent while the operator has written no server policy: then the client's rules decide alone. */
  server: v.exactOptional(ServerVerdictSchema),
  /** False: a switch under this policy does not wait for a data sync (the maintenance request's `sync`); true without it. */
  syncs: v.exactOptional(v.boolean())
})
export type ClientPolicy = v.InferOutput<typeof ClientPolicySchema>

/** What a client holds already, for the check of a new policy. */
export interface PolicyHolder {
  readonly service: string
  readonly origin: string
  /** Serial of the policy in force, 0 without one. */
  readonly serial: number
  /** Now, ms. */
  readonly now: number
}

/** Whether a verified policy may be put in force: right service and origin (F4), newer (F1, F5), not expired (F2). Equal serial = delivered twice (F6). */
export const admitPolicy = (policy: ClientPolicy, holder: PolicyHolder): Parsed<"new" | "repeated"> => {
  if (policy.service !== holder.service)
    return refuse(policy, `is for service ${policy.service}, not ${holder.service}`)
  if (policy.origin !== holder.origin) return refuse(policy, `is for origin ${policy.origin}, not ${holder.origin}`)
  if (policy.serial < holder.serial) return refuse(policy, `is older than policy ${holder.serial}, which is in force`)
  if (policy.serial === holder.serial) return { ok: true, value: "repeated" }
  if (policy.expires <= holder.now) return refuse(policy, `expired at ${policy.expires}, now is ${holder.now}`)
  return { ok: true, value: "new" }
}

const refuse = (policy: ClientPolicy, why: string): Parsed<never> => ({
  ok: false,
  error: `policy ${policy.serial} ${why}`
})
