/**
 * Conditions over time: averages, and the time for which a condition has to be met before it counts, both ways, so that readings
 * do not flap (POL-10). Pure: the memory goes in and comes out with every look.
 *
 *              met for `for`
 *     no  ─────────────────────>  holds        `since`: when the present run towards the other state began
 *         <─────────────────────
 *           `until` met for its `for`
 *
 * Used by the client controller for the client policy and by the service controller for the server policy.
 * Keeps SPEC rules POL-6, POL-10, POL-11, ENV-6.
 */
import { averageOver, remember, type History } from "../environment/history.ts"
import type { Environment } from "../environment/readings.ts"
import { durationMs } from "../protocol/duration.ts"
import { meets, NUMBERS, numberOf, type Condition, type Limit, type NumberName } from "./condition.ts"
import type { Rule } from "./rules.ts"

/** One reading of one condition. */
interface Term {
  readonly holds: boolean
  /** When what leads to the other state began, null while nothing does. */
  readonly since: number | null
}

/** What has to be remembered between two looks; plain data, may be stored. */
export interface ConditionMemory {
  readonly histories: Readonly<Record<NumberName, History>>
  /** By rule, exception and reading. */
  readonly terms: Readonly<Record<string, Term>>
}

export const NO_MEMORY: ConditionMemory = { histories: { battery: [], load: [], storage: [] }, terms: {} }

/** What a look found. */
export interface Look {
  readonly memory: ConditionMemory
  /** Whether an exception of a rule (counted from 0) holds. */
  readonly holds: (rule: Pick<Rule, "match">, exception: number) => boolean
  /** When the answer may change although no reading does, ms; null for never. */
  readonly nextAt: number | null
}

/** Rules with exceptions, of either policy. */
type Conditional = Pick<Rule, "match"> & { readonly unless?: readonly { readonly if: Condition }[] }

/** An average is looked at again after this part of its window, within these limits, ms. */
const LOOKS_PER_WINDOW = 20
const [SHORTEST_LOOK_MS, LONGEST_LOOK_MS] = [250, 15_000]

/** Takes the readings of `at` in and says which exceptions hold now. */
export const look = (
  memory: ConditionMemory,
  rules: readonly Conditional[],
  environment: Environment,
  at: number
): Look => {
  const histories = rememberAll(memory.histories, rules, environment, at)
  const terms: Record<string, Term> = {}
  const held = new Set<string>()
  let nextAt = Number.POSITIVE_INFINITY
  for (const { match, unless } of rules)
    unless?.forEach(({ if: condition }, exception) => {
      const found = lookAt(condition, { environment, histories, at })
      const results = found.map(({ name, ...found }) => {
        const key = JSON.stringify([match, exception, name, condition[name], condition.unknown === true])
        const term = advance(memory.terms[key], found, at)
        terms[key] = term
        nextAt = Math.min(nextAt, dueAt(term, found, at))
        return term.holds
      })
      if (results.every(Boolean)) held.add(`${exception} ${match}`)
    })
  return {
    memory: { histories, terms },
    holds: ({ match }, exception) => held.has(`${exception} ${match}`),
    nextAt: nextAt === Number.POSITIVE_INFINITY ? null : nextAt
  }
}

/** How one reading stands to its part of a condition. */
interface Found {
  readonly name: NumberName | "network"
  /** What leads in, and what leads out. */
  readonly enters: boolean
  readonly leaves: boolean
  readonly enterMs: number
  readonly leaveMs: number
  /** Window of the average, 0 without one or while nothing is known. */
  readonly overMs: number
}

interface Readings {
  readonly environment: Environment
  readonly histories: ConditionMemory["histories"]
  readonly at: number
}

const lookAt = (condition: Condition, readings: Readings): readonly Found[] => [
  ...lookAtNetwork(condition, readings),
  ...NUMBERS.flatMap((name) => {
    const limit = condition[name]
    return limit === undefined ? [] : [lookAtNumber(name, limit, condition.unknown === true, readings)]
  })
]

const lookAtNetwork = ({ network, unknown }: Condition, { environment }: Readings): readonly Found[] => {
  if (network === undefined) return []
  const wanted = typeof network === "string" ? { is: network } : network
  const enters = environment.network === "unknown" ? unknown === true : environment.network === wanted.is
  return [{ name: "network", enters, leaves: !enters, ...times(wanted), overMs: 0 }]
}

const lookAtNumber = (name: NumberName, limit: Limit, whenUnknown: boolean, readings: Readings): Found => {
  const { environment, histories, at } = readings
  const overMs = limit.over === undefined ? 0 : durationMs(limit.over)
  const value = overMs === 0 ? numberOf(environment, name) : averageOver(histories[name], overMs, at)
  if (name === "battery" && environment.battery?.charging === true)
    return { name, enters: false, leaves: true, enterMs: 0, leaveMs: 0, overMs: 0 }
  if (value === null) return { name, enters: whenUnknown, leaves: !whenUnknown, ...times(limit), overMs: 0 }
  const { above, below } = limit.until ?? {}
  const leaves = above === undefined && below === undefined ? !meets(limit, value) : meets(limit.until ?? {}, value)
  return { name, enters: meets(limit, value), leaves, ...times(limit), overMs }
}

const times = ({ for: enter, until }: { readonly for?: string; readonly until?: { readonly for?: string } }) => {
  const enterMs = enter === undefined ? 0 : durationMs(enter)
  return { enterMs, leaveMs: until?.for === undefined ? enterMs : durationMs(until.for) }
}

const advance = (
  term: Term | undefined,
  { enters, leaves, enterMs, leaveMs }: Omit<Found, "name">,
  at: number
): Term => {
  const isHeld = term?.holds ?? false
  if (isHeld ? !leaves : !enters) return { holds: isHeld, since: null }
  const since = term?.since ?? at
  return at - since >= (isHeld ? leaveMs : enterMs) ? { holds: !isHeld, since: null } : { holds: isHeld, since }
}

const dueAt = ({ holds, since }: Term, { enterMs, leaveMs, overMs }: Omit<Found, "name">, at: number): number => {
  const turns = since === null ? Number.POSITIVE_INFINITY : since + (holds ? leaveMs : enterMs)
  if (overMs === 0) return turns
  const again = Math.min(Math.max(overMs / LOOKS_PER_WINDOW, SHORTEST_LOOK_MS), LONGEST_LOOK_MS)
  return Math.min(turns, at + again)
}

/** Only what some condition averages is kept, for its longest window. */
const rememberAll = (
  histories: ConditionMemory["histories"],
  rules: readonly Conditional[],
  environment: Environment,
  at: number
): ConditionMemory["histories"] => {
  const kept = (name: NumberName): History => {
    const windows = rules.flatMap(({ unless }) => (unless ?? []).map(({ if: condition }) => condition[name]?.over))
    const keepMs = Math.max(0, ...windows.map((over) => (over === undefined ? 0 : durationMs(over))))
    return keepMs === 0 ? [] : remember(histories[name], { at, value: numberOf(environment, name) }, keepMs)
  }
  return { battery: kept("battery"), load: kept("load"), storage: kept("storage") }
}
