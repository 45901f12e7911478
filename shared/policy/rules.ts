/** What a rule of a client or server policy is: which side serves a pattern, unless a condition holds (DESIGN 3.2). */
import * as v from "valibot"
import { SideSchema } from "../protocol/names.ts"
import { timingError } from "../sync/schedule.ts"
import { ConditionSchema, NUMBERS, type Condition } from "./condition.ts"
import { PatternSchema } from "./pattern.ts"

/** Most rules that a policy may have, and most exceptions of a rule (F8). */
export const MAX_RULES = 500
export const MAX_EXCEPTIONS = 8

/** Whether a condition asks for readings of the moment only. */
const isMomentary = (condition: Condition): boolean =>
  (condition.network === undefined || typeof condition.network === "string") &&
  NUMBERS.every((name) => {
    const { over, for: holding, until } = condition[name] ?? {}
    return over === undefined && holding === undefined && until === undefined
  })

/**
 * Scheduled sync of what a rule covers (fig. 5's sync rule); every switchover syncs both ways whatever it says. `merge`: both
 * directions. `copy`: the client's changes go to the edge, nothing comes back.
 */
export const SyncRuleSchema = v.pipe(
  v.strictObject({
    /** The client's store, by document pattern, such as `user/:user`. */
    documents: v.pipe(
      v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(300))),
      v.minLength(1, "must name a document"),
      v.maxLength(50)
    ),
    type: v.picklist(["merge", "copy"]),
    /** `always`, or five cron fields. */
    at: v.pipe(v.string(), v.maxLength(100)),
    tz: v.exactOptional(v.pipe(v.string(), v.maxLength(100))),
    /** While one of these holds a sync that is due waits; such as a poor network, or a battery that is low. */
    unless: v.exactOptional(
      v.pipe(
        v.array(
          v.pipe(
            ConditionSchema,
            v.check(isMomentary, "is asked when a sync is due: it has no averages and no holding times")
          )
        ),
        v.minLength(1, "must have a condition"),
        v.maxLength(MAX_EXCEPTIONS)
      )
    )
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    const wrong = dataset.typed ? timingError(dataset.value) : null
    if (wrong !== null) addIssue({ message: wrong })
  })
)
export type SyncRule = v.InferOutput<typeof SyncRuleSchema>

const NEVER_REACHED = "must not have the same condition twice: the second one is never reached"
const hasNoneTwice = (exceptions: readonly { readonly if: unknown }[]): boolean =>
  new Set(exceptions.map((exception) => JSON.stringify(exception.if))).size === exceptions.length

export const RuleSchema = v.strictObject({
  match: PatternSchema,
  serve: SideSchema,
  /** Exceptions, in the order in which they are asked. */
  unless: v.exactOptional(
    v.pipe(
      v.array(v.strictObject({ if: ConditionSchema, serve: SideSchema })),
      v.maxLength(MAX_EXCEPTIONS),
      v.check((exceptions) => hasNoneTwice(exceptions), NEVER_REACHED)
    )
  ),
  sync: v.exactOptional(SyncRuleSchema)
})
export type Rule = v.InferOutput<typeof RuleSchema>

/**
 * For how many of the clients an exception of the server policy counts: a share of them, or as many as are needed to bring the
 * reading back to its limit.
 */
export const ShareSchema = v.union([
  v.pipe(v.number(), v.gtValue(0, "must be above 0"), v.maxValue(1, "must be at most 1")),
  v.literal("needed")
])
export type Share = v.InferOutput<typeof ShareSchema>

/** A rule of the server policy: its exceptions may move a share of the clients. */
export const ServerRuleSchema = v.strictObject({
  match: PatternSchema,
  serve: SideSchema,
  unless: v.exactOptional(
    v.pipe(
      v.array(v.strictObject({ if: ConditionSchema, serve: SideSchema, share: v.exactOptional(ShareSchema) })),
      v.maxLength(MAX_EXCEPTIONS),
      v.check((exceptions) => hasNoneTwice(exceptions), NEVER_REACHED)
    )
  ),
  sync: v.exactOptional(SyncRuleSchema)
})
export type ServerRule = v.InferOutput<typeof ServerRuleSchema>

const TOO_MANY = `must have at most ${MAX_RULES} rules`
const TWICE = "must not match the same pattern twice"
const matchesNoneTwice = (rules: readonly { readonly match: string }[]): boolean =>
  new Set(rules.map(({ match }) => match)).size === rules.length

/** A policy's rules: at least one, no pattern twice (POL-3). */
export const RulesSchema = v.pipe(
  v.array(RuleSchema),
  v.minLength(1, "must have a rule"),
  v.maxLength(MAX_RULES, TOO_MANY),
  v.check((rules) => matchesNoneTwice(rules), TWICE)
)

/** The same of a server policy. */
export const ServerRulesSchema = v.pipe(
  v.array(ServerRuleSchema),
  v.minLength(1, "must have a rule"),
  v.maxLength(MAX_RULES, TOO_MANY),
  v.check((rules) => matchesNoneTwice(rules), TWICE)
)
