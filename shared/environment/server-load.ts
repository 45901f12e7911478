/**
 * The server's load between 0 and 1 against a stated capacity (patent's 210), from what the documents count and from a figure that an
 * operator or a collector reports. Unknown stays unknown. Keeps SPEC rules ENV-1, ENV-7, ENV-8.
 */
import * as v from "valibot"

const positive = v.pipe(v.number(), v.gtValue(0, "must be above 0"))

/** What a service's server can carry; a figure that is not named does not count. */
export const CapacitySchema = v.pipe(
  v.strictObject({
    requestsPerSecond: v.exactOptional(positive),
    inFlight: v.exactOptional(positive),
    /** Mean time that a request waits and takes, ms. */
    waitMs: v.exactOptional(positive),
    /** Share of the requests that fail. */
    errorShare: v.exactOptional(v.pipe(positive, v.maxValue(1)))
  }),
  v.check((capacity) => Object.keys(capacity).length > 0, "must name a figure")
)
export type Capacity = v.InferOutput<typeof CapacitySchema>

/** What was counted of a service's requests. */
export interface Traffic {
  readonly requestsPerSecond: number
  readonly inFlight: number
  /** Mean, ms; null without a request. */
  readonly waitMs: number | null
  /** Share of the requests that were answered with 500 and above; null without a request. */
  readonly errorShare: number | null
}

/** A load that was reported from outside, such as CPU. */
export interface ReportedLoad {
  readonly load: number
  readonly from: string
  /** Until when it counts, ms. */
  readonly until: number
}

/** The highest of what is known; null when nothing is. */
export const loadOf = (
  traffic: Traffic | null,
  capacity: Capacity | null,
  reported: ReportedLoad | null,
  now: number
): number | null => {
  const outside = reported !== null && now < reported.until ? [reported.load] : []
  const figures = [...(traffic === null || capacity === null ? [] : usedOf(traffic, capacity)), ...outside]
  return figures.length === 0 ? null : Math.min(1, Math.max(...figures))
}

const usedOf = (traffic: Traffic, capacity: Capacity): readonly number[] => {
  const figures = [
    [traffic.requestsPerSecond, capacity.requestsPerSecond],
    [traffic.inFlight, capacity.inFlight],
    [traffic.waitMs ?? 0, capacity.waitMs],
    [traffic.errorShare ?? 0, capacity.errorShare]
  ] as const
  return figures.flatMap(([used, limit]) => (limit === undefined ? [] : [used / limit]))
}
