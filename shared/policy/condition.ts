/**
 * Conditions of a policy's exceptions over environment readings (DESIGN 3.2). A condition names one reading or more and holds
 * when all of them meet it; one on an unknown reading does not hold unless it says `"unknown": true` (POL-6). How long it
 * has to be met, both ways, is in the condition and is kept by condition-memory.ts (POL-10). Keeps SPEC rules POL-6, POL-9 to POL-11.
 */
import * as v from "valibot"
import type { Environment } from "../environment/readings.ts"
import { DurationTextSchema } from "../protocol/duration.ts"

/** A limit on a number: `above` or `below`, averaged `over` a window, met `for` so long; `until` is the way back. */
const limitOf = (value: v.GenericSchema<number>) =>
  v.pipe(
    v.strictObject({
      above: v.exactOptional(value),
      below: v.exactOptional(value),
      /** Window of the average; without it the newest reading counts. */
      over: v.exactOptional(DurationTextSchema),
      /** How long it has to be met before it counts; without it at once. */
      for: v.exactOptional(DurationTextSchema),
      /** When it counts no more: without it as soon as the limit is not met, for as long as `for` says. */
      until: v.exactOptional(
        v.strictObject({
          above: v.exactOptional(value),
          below: v.exactOptional(value),
          for: v.exactOptional(DurationTextSchema)
        })
      )
    }),
    v.check(({ above, below }) => (above === undefined) !== (below === undefined), "must have either above or below"),
    v.check(
      (limit) => hasWayBack(limit),
      "until must lie on the other side: below for above, above for below, with no gap between them"
    )
  )

/** A value over `above`, or under `below`. */
interface Bounds {
  readonly above?: number
  readonly below?: number
}

/** `above: 0.9, until: { below: 0.7 }` is a way back; `until: { below: 0.95 }` would end it while it is met. */
function hasWayBack({ above, below, until }: Bounds & { readonly until?: Bounds }): boolean {
  if (until === undefined) return true
  if (until.above !== undefined && until.below !== undefined) return false
  if (above !== undefined) return until.above === undefined && (until.below ?? above) <= above
  return until.below === undefined && (until.above ?? below ?? 0) >= (below ?? 0)
}

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1))
const bytes = v.pipe(v.number(), v.minValue(0))
const NetworkSchema = v.picklist(["online", "poor", "offline"])

export const ConditionSchema = v.pipe(
  v.strictObject({
    /** Alone, or with the time for which it has to be so. */
    network: v.exactOptional(
      v.union([
        NetworkSchema,
        v.strictObject({
          is: NetworkSchema,
          for: v.exactOptional(DurationTextSchema),
          until: v.exactOptional(v.strictObject({ for: DurationTextSchema }))
        })
      ])
    ),
    /** Charge; it never holds while charging. */
    battery: v.exactOptional(limitOf(share)),
    /** Share of the side's capacity that is in use. */
    load: v.exactOptional(limitOf(share)),
    /** Bytes left. */
    storage: v.exactOptional(limitOf(bytes)),
    /** What an unknown reading counts as. */
    unknown: v.exactOptional(v.boolean())
  }),
  v.check(
    ({ network, battery, load, storage }) => [network, battery, load, storage].some((term) => term !== undefined),
    "must name network, battery, load or storage"
  )
)
export type Condition = v.InferOutput<typeof ConditionSchema>

/** A limit on a number, as it is written. */
export type Limit = NonNullable<Condition["load"]>

/** The readings that are numbers. */
export const NUMBERS = ["battery", "load", "storage"] as const
export type NumberName = (typeof NUMBERS)[number]

/** A number of the environment by the name that a condition has for it; null while it is unknown. */
export const numberOf = ({ battery, load, storageLeft }: Environment, name: NumberName): number | null => {
  if (name === "battery") return battery?.level ?? null
  return name === "load" ? load : storageLeft
}

/** Whether a value is over (or under) the limit. */
export const meets = ({ above, below }: Bounds, value: number): boolean =>
  (above === undefined || value > above) && (below === undefined || value < below)

/** Whether a condition is met by readings alone, without averages and holding times: for a preview. */
export const holds = (condition: Condition, environment: Environment): boolean => {
  const whenUnknown = condition.unknown === true
  const { network } = condition
  const wanted = typeof network === "string" ? network : network?.is
  if (wanted !== undefined && !(environment.network === "unknown" ? whenUnknown : environment.network === wanted))
    return false
  return NUMBERS.every((name) => {
    const limit = condition[name]
    if (limit === undefined) return true
    if (name === "battery" && environment.battery?.charging === true) return false
    const value = numberOf(environment, name)
    return value === null ? whenUnknown : meets(limit, value)
  })
}
