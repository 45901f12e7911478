import { expect, test } from "vitest"
import { decide, explain } from "../../shared/policy/decide.ts"
import { wantedSides } from "../../shared/policy/sides.ts"
import { UNKNOWN_ENVIRONMENT, type Environment } from "../../shared/environment/readings.ts"
import { standingPolicy } from "../support/policies.ts"

const client = (environment: Partial<Environment> = {}, cannotServe: string | null = null) => ({
  environment: { ...UNKNOWN_ENVIRONMENT, ...environment },
  cannotServe
})

test("[POL-4] without a policy, and where no rule matches, the server serves", () => {
  expect(decide(null, "/calendar/", client())).toEqual({ serve: "server", because: { kind: "no-policy" } })
  expect(decide(standingPolicy(), "/mail/", client())).toEqual({ serve: "server", because: { kind: "no-rule" } })
})

test("[POL-7] the offline exception moves the request to the client", () => {
  const decision = decide(standingPolicy(), "/calendar/", client({ network: "offline" }))
  expect(decision).toEqual({ serve: "client", because: { kind: "exception", rule: 0, exception: 0 } })
  expect(explain(standingPolicy(), decision)).toBe(
    "this browser: exception 1 of rule 1 (/calendar/*) of policy 7 applies"
  )
})

test("[POL-6] an exception on an unknown reading does not apply unless it says so", () => {
  expect(decide(standingPolicy(), "/calendar/", client({ network: "unknown" })).serve).toBe("server")
  const eager = standingPolicy({
    rules: [
      {
        match: "/calendar/*",
        serve: "server",
        unless: [{ if: { network: "offline", unknown: true }, serve: "client" }]
      }
    ]
  })
  expect(decide(eager, "/calendar/", client({ network: "unknown" })).serve).toBe("client")
})

test("[POL-8] a client that cannot serve leaves the request to the server and says why", () => {
  const policy = standingPolicy({ rules: [{ match: "/calendar/*", serve: "client" }] })
  const decision = decide(policy, "/calendar/", client({}, "no release is installed"))
  expect(decision.serve).toBe("server")
  expect(explain(policy, decision)).toContain("no release is installed")
})

const verdict = (over: object = {}) => ({
  priority: "server" as const,
  rules: [{ match: "/calendar/search/*", serve: "client" as const, share: 0.5, otherwise: "server" as const, ...over }]
})
const overloaded = (over: object = {}) => standingPolicy({ server: { ...verdict(), ...over } })

test("[POL-12] the server's policy wins where the two want different sides, for its share of the clients", () => {
  const first = decide(overloaded(), "/calendar/search/", { ...client({ network: "online" }), position: 0.5 })
  expect(first.serve).toBe("client")
  expect(explain(overloaded(), first)).toContain("the server's policy says so for /calendar/search/* and 50 %")
  const last = decide(overloaded(), "/calendar/search/", { ...client({ network: "online" }), position: 0.51 })
  expect(last).toEqual({ serve: "server", because: { kind: "rule", rule: 0 } })
  expect(decide(overloaded(), "/calendar/", client({ network: "online" })).serve).toBe("server")
})

test("[POL-12] with the client's priority its own rules win", () => {
  const decision = decide(overloaded({ priority: "client" }), "/calendar/search/", client({ network: "online" }))
  expect(decision).toEqual({ serve: "server", because: { kind: "rule", rule: 0 } })
})

test("[POL-13] without a network the server's word does not count; a server that is closed leaves it to the client", () => {
  const accepts = standingPolicy({ server: verdict({ match: "/calendar/*", serve: "server" }) })
  expect(decide(accepts, "/calendar/", client({ network: "offline" })).serve).toBe("client")
  const closed = decide(standingPolicy(), "/calendar/", { ...client({ network: "online" }), closed: true })
  expect(closed).toEqual({ serve: "client", because: { kind: "closed" } })
  expect(explain(standingPolicy(), closed)).toBe("this browser: the server is closed")
  expect(decide(standingPolicy(), "/mail/", { ...client(), closed: true }).serve).toBe("server")
})

test("[POL-8] what the server moves here stays there while this client cannot serve", () => {
  const decision = decide(overloaded(), "/calendar/search/", client({ network: "online" }, "no release is installed"))
  expect(decision.serve).toBe("server")
  expect(explain(overloaded(), decision)).toContain("no release is installed")
})

test("[POL-14] the sides of a policy cover the patterns of both", () => {
  expect(wantedSides(overloaded(), client({ network: "online" }))).toEqual([
    { match: "/calendar/*", side: "server" },
    { match: "/calendar/search/*", side: "client" }
  ])
})

test("[P41] a low battery keeps the server serving, charging lifts it", () => {
  const policy = standingPolicy({
    rules: [{ match: "/calendar/*", serve: "client", unless: [{ if: { battery: { below: 0.2 } }, serve: "server" }] }]
  })
  expect(decide(policy, "/calendar/", client({ battery: { level: 0.1, charging: false } })).serve).toBe("server")
  expect(decide(policy, "/calendar/", client({ battery: { level: 0.1, charging: true } })).serve).toBe("client")
})
