import { expect, test } from "vitest"
import { RuleSchema, type SyncRule } from "../../shared/policy/rules.ts"
import { isLive, syncRuleFor, syncRulesOf, takesIn } from "../../shared/policy/sync-rules.ts"
import { parse } from "../../shared/protocol/parse.ts"
import { FIG_5 } from "../support/patent-figures.ts"
import { standingPolicy } from "../support/policies.ts"

const rule = (documents: string, over: Partial<SyncRule> = {}): SyncRule => ({
  documents: [documents],
  type: "merge",
  at: "0 0 * * *",
  ...over
})

test("[P18] [SYN-9] fig. 5's rule holds for the person's own document and for no other", () => {
  const rules = syncRulesOf(standingPolicy({ rules: [...FIG_5] }))
  expect(syncRuleFor(rules, "schedule/user/ann")).toMatchObject({ type: "copy", at: "0 0 * * *", tz: "Asia/Tokyo" })
  expect(syncRuleFor(rules, "schedule/team/blue")).toBe(null)
})

test("[SYN-9] the first rule that names a document holds; a name without a colon is one document", () => {
  const rules = [rule("team/blue", { type: "copy" }), rule("team/:team"), rule("team/:team", { at: "always" })]
  expect(syncRuleFor(rules, "schedule/team/blue")?.type).toBe("copy")
  expect(syncRuleFor(rules, "schedule/team/red")).toBe(rules[1])
  expect(syncRuleFor(rules, "schedule/user/blue")).toBe(null)
})

test("[SYN-9] [P19] both sides' policies may have sync rules; those of the side with priority come first", () => {
  const [mine, theirs] = [rule("user/:user"), rule("user/:user", { type: "copy" })]
  const policy = (priority: "server" | "client") =>
    standingPolicy({
      rules: [{ match: "/calendar/*", serve: "server", sync: mine }],
      server: {
        priority,
        rules: [{ match: "/calendar/*", serve: "server", share: 1, otherwise: "server", sync: theirs }]
      }
    })
  expect(syncRulesOf(policy("server"))).toEqual([theirs, mine])
  expect(syncRulesOf(policy("client"))).toEqual([mine, theirs])
})

test("[MNT-14] [P30] during a maintenance nothing waits for its time", () => {
  expect(syncRulesOf(standingPolicy({ rules: [...FIG_5], temporary: "m1" }))).toEqual([])
})

test("[SYN-10] without a rule, and with always, changes go at once; copy takes nothing in by itself", () => {
  expect([isLive(null), takesIn(null)]).toEqual([true, true])
  expect([isLive(rule("a/b", { at: "always" })), takesIn(rule("a/b", { at: "always" }))]).toEqual([true, true])
  expect([isLive(rule("a/b")), takesIn(rule("a/b", { type: "copy" }))]).toEqual([false, false])
})

test("[SYN-11] [POL-16] a condition of a sync rule has no holding time, and the refusal names the field", () => {
  const read = (unless: unknown) =>
    parse(RuleSchema, { match: "/calendar/*", serve: "server", sync: { ...rule("user/:user"), unless } })
  expect(read([{ network: "poor" }, { battery: { below: 0.2 } }])).toMatchObject({ ok: true })
  expect(read([{ battery: { below: 0.2, for: "1m" } }])).toMatchObject({
    error: expect.stringMatching(/^sync\.unless\.0: .*no holding times/)
  })
  expect(read([])).toMatchObject({ error: expect.stringMatching(/^sync\.unless: must have a condition/) })
})
