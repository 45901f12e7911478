import { expect, test } from "vitest"
import { UNKNOWN_ENVIRONMENT } from "../../shared/environment/readings.ts"
import { look, NO_MEMORY, type ConditionMemory } from "../../shared/policy/condition-memory.ts"
import type { Share } from "../../shared/policy/rules.ts"
import type { ServerPolicy } from "../../shared/policy/server-policy.ts"
import { sameVerdict, verdictOf, type VerdictInForce } from "../../shared/policy/server-verdict.ts"

const policy = (share: Share, over: object = {}): ServerPolicy => ({
  format: 1,
  side: "server",
  service: "schedule",
  serial: 1,
  priority: "server",
  rules: [
    {
      match: "/calendar/*",
      serve: "server",
      unless: [{ if: { load: { above: 0.8, until: { below: 0.4 }, ...over } }, serve: "client", share }]
    }
  ]
})

/** The share that is moved after each of the loads, one second apart. */
const shares = (share: Share, loads: readonly number[], over: object = {}): readonly number[] => {
  let memory: ConditionMemory = NO_MEMORY
  let before: VerdictInForce | null = null
  return loads.map((load, second) => {
    const environment = { ...UNKNOWN_ENVIRONMENT, load }
    const found = look(memory, policy(share, over).rules, environment, second * 1000)
    memory = found.memory
    const verdict = verdictOf(policy(share, over), found, environment, before, second * 1000)
    if (before === null || !sameVerdict(before.verdict, verdict)) before = { verdict, since: second * 1000 }
    const [rule] = verdict.rules
    return rule?.serve === "client" ? rule.share : 0
  })
}

test("[POL-15] a fixed share moves at once and comes back when the load fell", () => {
  expect(shares(0.3, [0.5, 0.9, 0.6, 0.3])).toEqual([0, 0.3, 0.3, 0])
})

test("[POL-15] as many as are needed move: enough to come to the way back, more when that was not enough, none back before", () => {
  // 0.9 has to become 0.4: 1 - 0.4 / 0.9 = 0.56, in steps of 0.05. Then 0.6 is still over 0.4: a third of the rest.
  expect(shares("needed", [0.9, 0.6, 0.45, 0.3])).toEqual([0.6, 0.75, 0.8, 0])
})

test("[POL-15] more move only when the readings could show what the last ones changed", () => {
  expect(shares("needed", [0.9, 0.9, 0.9, 0.9], { for: "2s" })).toEqual([0, 0, 0.6, 0.6])
  expect(shares("needed", [0.9, 0.9, 0.9, 0.9, 0.9], { for: "2s" })).toEqual([0, 0, 0.6, 0.6, 0.85])
})

test("[POL-15] without an exception that holds everybody is where the rule says", () => {
  const environment = { ...UNKNOWN_ENVIRONMENT, load: 0.1 }
  const found = look(NO_MEMORY, policy(1).rules, environment, 0)
  expect(verdictOf(policy(1), found, environment, null, 0).rules).toEqual([
    { match: "/calendar/*", serve: "server", share: 1, otherwise: "server" }
  ])
})
