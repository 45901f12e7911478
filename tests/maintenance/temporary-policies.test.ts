import { expect, test } from "vitest"
import { temporaryPolicies, type PolicyPair } from "../../shared/maintenance/temporary-policies.ts"
import { positionOf, thresholdOf } from "../../shared/maintenance/waves.ts"
import type { Rule } from "../../shared/policy/rules.ts"
import { FIG_10, FIG_5, FIG_6 } from "../support/patent-figures.ts"

const unless: NonNullable<Rule["unless"]> = [{ if: { network: "offline" }, serve: "client" }]
const rules: readonly Rule[] = [
  { match: "/calendar/*", serve: "server", unless },
  { match: "/calendar/search/*", serve: "server" },
  { match: "/calendar/search/help", serve: "client" }
]
const pair = (client: readonly Rule[]): PolicyPair => ({
  client,
  server: { priority: "server", rules: [{ match: "/calendar/*", serve: "server" }] }
})

test("[P24] figs 11 and 12: made from figs 5, 6 and 10, the client side processes the search, the daily timing is suspended", () => {
  const made = temporaryPolicies({ client: FIG_5, server: FIG_6 }, FIG_10.urls, "client")
  expect(made.client).toEqual([{ match: "/calendar/search/*", serve: "client" }])
  expect(made.server).toEqual({ priority: "server", rules: [{ match: "/calendar/search/*", serve: "client" }] })
})

test("[P24] figs 13 and 14: from the end request, the server side does, and the client stands in without a network", () => {
  const made = temporaryPolicies({ client: FIG_5, server: FIG_6 }, FIG_10.urls, "server")
  expect(made.client).toEqual([{ match: "/calendar/search/*", serve: "server", unless: FIG_5[0]?.unless }])
  expect(made.server).toEqual({ priority: "server", rules: [{ match: "/calendar/search/*", serve: "server" }] })
})

test("[MNT-3] [MNT-4] while clients serve, the URLs move without exception and the rest stays", () => {
  expect(temporaryPolicies(pair(rules), ["/calendar/search/*"], "client").client).toEqual([
    { match: "/calendar/search/*", serve: "client" },
    { match: "/calendar/*", serve: "server", unless }
  ])
})

test("[MNT-4] when the server serves again, the standing exceptions that lead to the client hold", () => {
  const battery = { if: { battery: { below: 0.2 } }, serve: "server" } as const
  const standing: readonly Rule[] = [{ match: "/calendar/*", serve: "server", unless: [battery, ...unless] }]
  expect(temporaryPolicies(pair(standing), ["/calendar/*"], "server").client).toEqual([
    { match: "/calendar/*", serve: "server", unless }
  ])
})

test("[P38] [P39] a client that serves normally goes on without a network while the server stands in for it", () => {
  const standing: readonly Rule[] = [{ match: "/calendar/*", serve: "client" }]
  expect(temporaryPolicies(pair(standing), ["/calendar/*"], "server").client).toEqual([
    { match: "/calendar/*", serve: "server", unless }
  ])
})

test("[MNT-7] a wave has at least one client, and holds the one before", () => {
  const clients = Array.from({ length: 40 }, (_, index) => index.toString(16).padStart(32, "0"))
  const members = (share: number): number =>
    clients.filter((client) => positionOf(client) <= thresholdOf(clients, share)).length
  expect([0.001, 0.05, 0.25, 0.5, 1].map(members)).toEqual([1, 2, 10, 20, 40])
})
