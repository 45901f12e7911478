import { SELF } from "cloudflare:test"
import { expect, test } from "vitest"
import { admin } from "./control-client.ts"
import { ADMIN, ORIGIN } from "./support.ts"

const maintenance = (over: object): readonly [string, string, object] => [
  "POST",
  "/maintenance",
  { service: "schedule", urls: ["/calendar/*"], order: ["server", "client"], release: "schedule@2.0.0", ...over }
]
const rule = { match: "/calendar/*", serve: "server" }
const policies = (over: object, more: object = {}): readonly [string, string, object] => [
  "PUT",
  "/policies/schedule",
  { client: { rules: [{ ...rule, ...over }] }, ...more }
]
const load = (over: object): readonly [string, string, object] => [
  "POST",
  "/environment",
  { service: "schedule", load: 0.5, from: "cpu", ...over }
]
const sync = { documents: ["user/:user"], type: "copy", at: "0 0 * * *" }

test.each([
  ["wrong type", maintenance({ urls: "/calendar/*" }), /^urls: .*Array/],
  ["unknown field", maintenance({ hurry: true }), /^hurry: /],
  [
    "overlap",
    maintenance({ urls: ["/calendar/*", "/calendar/a"] }),
    /^urls: must not overlap: \/calendar\/a lies under/
  ],
  ["URL outside the service", maintenance({ urls: ["/mail/*"] }), /^urls\.0: must lie under \/calendar\//],
  ["pattern over the control plane", maintenance({ urls: ["/_locum/*"] }), /^urls\.0: .*control plane/],
  ["empty order", maintenance({ order: [] }), /^order: must name a side/],
  [
    "unknown release",
    maintenance({ order: ["client"], release: "schedule@9.0.0" }),
    /^release: .*not published.*schedule@1\.0\.0/
  ],
  ["release of another app", maintenance({ release: "mail@2.0.0" }), /^release: must be a version of schedule/],
  ["deadline of no length", maintenance({ deadline: "0s" }), /^deadline: must be longer than nothing/],
  ["deadline of no unit", maintenance({ deadline: 600 }), /^deadline: /],
  ["policy: wrong type", policies({ serve: "cloud" }), /^client\.rules\.0\.serve: .*"server".*"client"/],
  ["policy: unknown field", policies({ server: true }), /^client\.rules\.0\.server: /],
  [
    "policy: pattern over the control plane",
    policies({ match: "/_locum/*" }),
    /^client\.rules\.0\.match: .*control plane/
  ],
  ["policy: unreachable rule", policies({ match: "/mail/*" }), /^client\.rules\.0\.match: \/mail\/\* is never reached/],
  [
    "policy: the same pattern twice",
    policies({}, { client: { rules: [rule, rule] } }),
    /^client\.rules: must not match the same pattern twice/
  ],
  ["policy: no rule", policies({}, { client: { rules: [] } }), /^client\.rules: must have a rule/],
  [
    "policy: an empty condition",
    policies({ unless: [{ if: {}, serve: "client" }] }),
    /^client\.rules\.0\.unless\.0\.if: must name network/
  ],
  ["policy: a timing that is none", policies({ sync: { ...sync, at: "daily" } }), /^client\.rules\.0\.sync: at: /],
  [
    "policy: a time zone that is none",
    policies({ sync: { ...sync, tz: "Mars/Phobos" } }),
    /^client\.rules\.0\.sync: at: /
  ],
  [
    "policy: an expiry in the past",
    policies({}, { client: { rules: [rule], offlineDays: -1 } }),
    /^client\.offlineDays: .*0/
  ],
  ["load: wrong type", load({ load: "high" }), /^load: /],
  ["load: an expiry that is over at once", load({ for: "0s" }), /^for: must be longer than nothing/],
  ["load: an expiry in the past", load({ for: "-1m" }), /^for: must be a number and ms, s, m, h or d/]
] as const)(
  "[MNT-1] [CTL-3] [ADM-3] 400, the field and what would be right: %s",
  async (_, [method, path, body], error) => {
    const before = await admin("/policies/schedule/versions")
    const answer = await SELF.fetch(`${ORIGIN}/_locum${path}`, { method, headers: ADMIN, body: JSON.stringify(body) })
    expect([answer.status, await answer.json()]).toEqual([400, { error: expect.stringMatching(error) }])
    expect(await admin("/policies/schedule/versions")).toEqual(before)
    expect(await admin("/maintenance")).toEqual({})
  }
)
