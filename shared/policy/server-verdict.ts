/**
 * What the server policy says at this moment, from the server's readings: compiled by the service controller into the signed client
 * policy, so that a client decides from that and its own readings alone (DESIGN 3.2). Keeps SPEC rules POL-12, POL-15.
 */
import { averageOver } from "../environment/history.ts"
import type { Environment } from "../environment/readings.ts"
import { durationMs } from "../protocol/duration.ts"
import type { ServerVerdict } from "./client-policy.ts"
import { numberOf, type Condition } from "./condition.ts"
import type { Look } from "./condition-memory.ts"
import type { ServerPolicy } from "./server-policy.ts"
import type { Share } from "./rules.ts"

/** A share is told in steps of so many per cent, so that clients do not move for every one. */
const SHARE_STEP_PERCENT = 5

/** The verdict in force and since when, ms: what it moved shows in the readings only after a while. */
export interface VerdictInForce {
  readonly verdict: ServerVerdict
  readonly since: number
}

/** The verdict now. What is needed is counted from how many clients the one in force moved. */
export const verdictOf = (
  { priority, rules }: ServerPolicy,
  look: Look,
  environment: Environment,
  before: VerdictInForce | null,
  at: number
): ServerVerdict => ({
  priority,
  rules: rules.map((rule) => {
    const index = (rule.unless ?? []).findIndex((_, exception) => look.holds(rule, exception))
    const taken = rule.unless?.[index]
    const sync = rule.sync === undefined ? {} : { sync: rule.sync }
    if (taken === undefined) return { match: rule.match, serve: rule.serve, share: 1, otherwise: rule.serve, ...sync }
    const moved = before?.verdict.rules.find(({ match, serve }) => match === rule.match && serve === taken.serve)
    const held = moved === undefined || moved.serve === rule.serve ? 0 : moved.share
    const settles = (before?.since ?? Number.NEGATIVE_INFINITY) + settlingMs(taken.if)
    const excess = held > 0 && at < settles ? 0 : excessOf(taken.if, look, environment, at)
    return {
      match: rule.match,
      serve: taken.serve,
      share: shareOf(taken.share ?? 1, held, excess),
      otherwise: rule.serve,
      ...sync
    }
  })
})

/** Whether two verdicts ask the same of every client. */
export const sameVerdict = (a: ServerVerdict | null, b: ServerVerdict | null): boolean =>
  JSON.stringify(a) === JSON.stringify(b)

/** How much of what the server does is too much, between 0 and 1: what has to go elsewhere; 0 when it is not known. */
const excessOf = (condition: Condition, { memory }: Look, environment: Environment, at: number): number => {
  const { load } = condition
  if (load?.above === undefined) return 0
  const value =
    load.over === undefined
      ? numberOf(environment, "load")
      : averageOver(memory.histories.load, durationMs(load.over), at)
  const goal = load.until?.below ?? load.above
  return value === null || value <= 0 ? 0 : Math.max(0, 1 - goal / value)
}

/** How long the readings of a condition take to show what was changed. */
const settlingMs = ({ load }: Condition): number => Math.max(durationMs(load?.over ?? ""), durationMs(load?.for ?? ""))

/**
 * The share of the clients that should move. Of those that are still with the server, `excess` has to go too; a share does not
 * fall while the condition holds: giving back is the condition's end.
 */
const shareOf = (share: Share, held: number, excess: number): number => {
  if (share !== "needed") return share
  const wanted = held + (1 - held) * excess
  const steps = Math.max(1, Math.ceil((wanted * 100) / SHARE_STEP_PERCENT - 1e-9))
  return Math.min(1, Math.max(held, (steps * SHARE_STEP_PERCENT) / 100))
}
