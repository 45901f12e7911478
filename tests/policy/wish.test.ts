import fc from "fast-check"
import { expect, test } from "vitest"
import { UNKNOWN_ENVIRONMENT, type Environment } from "../../shared/environment/readings.ts"
import { decide, explain } from "../../shared/policy/decide.ts"
import { plainReason } from "../../shared/policy/plain-reason.ts"
import { wantedSides } from "../../shared/policy/sides.ts"
import { wishObstacle } from "../../shared/policy/wish-obstacle.ts"
import { standingPolicy } from "../support/policies.ts"
import { seed } from "../support/seed.ts"

const client = (environment: Partial<Environment> = {}, cannotServe: string | null = null) => ({
  environment: { ...UNKNOWN_ENVIRONMENT, network: "online" as const, ...environment },
  cannotServe
})
const here = standingPolicy({
  rules: [{ match: "/calendar/*", serve: "client", unless: [{ if: { battery: { below: 0.2 } }, serve: "server" }] }]
})

test("[POL-17] a wish takes the place of a rule's own side where the rule names that side too", () => {
  const wished = decide(standingPolicy(), "/calendar/", { ...client(), wish: "client" })
  expect(wished).toEqual({ serve: "client", because: { kind: "wish", rule: 0 } })
  expect(explain(standingPolicy(), wished)).toContain("wished by hand")
  expect(plainReason(standingPolicy(), wished)).toBe("You chose it here.")
  expect(decide(here, "/calendar/", { ...client(), wish: "server" }).serve).toBe("server")
  expect(wantedSides(standingPolicy(), { ...client(), wish: "client" })).toEqual([
    { match: "/calendar/*", side: "client" }
  ])
  const serverOnly = standingPolicy({ rules: [{ match: "/calendar/*", serve: "server" }] })
  expect(decide(serverOnly, "/calendar/", { ...client(), wish: "client" }).serve).toBe("server")
})

test("[POL-17] above a wish stand exceptions, a closed server, a client that cannot serve, priority, and a maintenance", () => {
  const low = { battery: { level: 0.1, charging: false } }
  expect(decide(here, "/calendar/", { ...client(low), wish: "client" }).serve).toBe("server")
  expect(decide(standingPolicy(), "/calendar/", { ...client({ network: "offline" }), wish: "server" }).serve).toBe(
    "client"
  )
  expect(decide(standingPolicy(), "/calendar/", { ...client(), closed: true, wish: "server" }).serve).toBe("client")
  expect(decide(standingPolicy(), "/calendar/", { ...client({}, "no release"), wish: "client" }).serve).toBe("server")
  const rules = [{ match: "/calendar/*", serve: "server" as const, share: 1, otherwise: "server" as const }]
  const insists = standingPolicy({ server: { priority: "server", rules } })
  expect(decide(insists, "/calendar/", { ...client(), wish: "client" }).serve).toBe("server")
  expect(decide(standingPolicy({ temporary: "m1" }), "/calendar/", { ...client(), wish: "client" }).serve).toBe(
    "server"
  )
})

test("[POL-18] a wish that would move nothing is refused with the reason", () => {
  expect(wishObstacle(standingPolicy(), "client", client())).toBeNull()
  expect(wishObstacle(null, "client", client())).toContain("has not told this browser yet")
  expect(wishObstacle(standingPolicy({ temporary: "m1" }), "client", client())).toContain("being maintained")
  const serverOnly = standingPolicy({ rules: [{ match: "/calendar/*", serve: "server" }] })
  expect(wishObstacle(serverOnly, "client", client())).toBe("The service does not let this browser answer.")
  expect(wishObstacle(here, "server", client({ network: "offline" }))).toBe("The server cannot be reached.")
  expect(wishObstacle(here, "server", { ...client(), closed: true })).toContain("closed for a while")
  expect(wishObstacle(standingPolicy(), "client", client({}, "nobody is signed in"))).toBe(
    "This browser cannot stand in yet: nobody is signed in."
  )
})

test("[POL-17] [POL-18] what is allowed has an effect, and nothing has one during a maintenance", () => {
  const side = fc.constantFrom("client" as const, "server" as const)
  const exception = fc.record({
    if: fc.constantFrom({ network: "offline" as const }, { network: "poor" as const }, { battery: { below: 0.2 } }),
    serve: side
  })
  const rule = fc.record({
    serve: side,
    unless: fc.uniqueArray(exception, { maxLength: 2, selector: (e) => JSON.stringify(e.if) })
  })
  const network = fc.constantFrom("online" as const, "poor" as const, "offline" as const, "unknown" as const)
  const given = fc.record({
    rules: fc.array(rule, { minLength: 1, maxLength: 2 }),
    network,
    level: fc.constantFrom(0.1, 0.9),
    closed: fc.boolean(),
    cannotServe: fc.constantFrom(null, "no release is installed"),
    temporary: fc.constantFrom(null, "m1"),
    wish: side
  })
  fc.assert(
    fc.property(given, ({ rules, temporary, level, wish, ...rest }) => {
      const policy = standingPolicy({
        temporary,
        rules: rules.map((one, index) => ({ match: `/calendar/${index}/*`, ...one }))
      })
      const environment = { ...UNKNOWN_ENVIRONMENT, network: rest.network, battery: { level, charging: false } }
      const state = { environment, closed: rest.closed, cannotServe: rest.cannotServe }
      const obstacle = wishObstacle(policy, wish, state)
      const sides = policy.rules.map(({ match }) => decide(policy, match.slice(0, -1), { ...state, wish }).serve)
      if (obstacle === null) expect(sides).toContain(wish)
      if (temporary !== null) {
        expect(obstacle).not.toBeNull()
        expect(sides).toEqual(policy.rules.map(({ match }) => decide(policy, match.slice(0, -1), state).serve))
      }
    }),
    { seed: seed(), numRuns: 300 }
  )
})
