import { expect, test } from "vitest"
import { admitPolicy, ClientPolicySchema } from "../../shared/policy/client-policy.ts"
import { parse } from "../../shared/protocol/parse.ts"
import { standingPolicy } from "../support/policies.ts"

const holder = { service: "schedule", origin: "http://www.sample.com", serial: 5, now: 2_000 }

test("[POL-5] a newer policy for this service and origin is admitted", () => {
  expect(admitPolicy(standingPolicy(), holder)).toEqual({ ok: true, value: "new" })
})

test("[F1] an older policy is refused, the held one stays", () => {
  expect(admitPolicy(standingPolicy({ serial: 4 }), holder)).toMatchObject({ ok: false })
})

test("[F2] an expired policy starts nothing new", () => {
  expect(admitPolicy(standingPolicy({ expires: 2_000 }), holder)).toMatchObject({ ok: false })
})

test("[F4] a policy for another service or origin is refused and says which", () => {
  expect(admitPolicy(standingPolicy({ service: "mail" }), holder)).toEqual({
    ok: false,
    error: "policy 7 is for service mail, not schedule"
  })
  expect(admitPolicy(standingPolicy({ origin: "http://evil.test" }), holder).ok).toBe(false)
})

test("[F6] a policy that is delivered twice counts once", () => {
  expect(admitPolicy(standingPolicy({ serial: 5 }), holder)).toEqual({ ok: true, value: "repeated" })
})

test.each([
  ["an unknown field", { ...standingPolicy(), extra: 1 }, "extra"],
  ["a newer format", { ...standingPolicy(), format: 2 }, "format"],
  ["a pattern twice", { ...standingPolicy(), rules: [...standingPolicy().rules, ...standingPolicy().rules] }, "rules"],
  ["no rules", { ...standingPolicy(), rules: [] }, "rules"],
  ["a wrong side", { ...standingPolicy(), rules: [{ match: "/calendar/*", serve: "both" }] }, "rules.0.serve"],
  [
    "a condition that is no limit",
    {
      ...standingPolicy(),
      rules: [{ match: "/a/*", serve: "server", unless: [{ if: { load: 1 }, serve: "client" }] }]
    },
    "rules.0.unless.0.if"
  ]
])("[F14] [POL-3] a policy with %s is refused, naming the field", (_name, policy, field) => {
  const parsed = parse(ClientPolicySchema, policy)
  expect(parsed.ok).toBe(false)
  if (!parsed.ok) expect(parsed.error).toContain(field)
})

test("[F8] 100,000 patterns are refused in bounded time", () => {
  const rules = Array.from({ length: 100_000 }, (_, index) => ({ match: `/calendar/${index}`, serve: "server" }))
  expect(parse(ClientPolicySchema, { ...standingPolicy(), rules }).ok).toBe(false)
})
