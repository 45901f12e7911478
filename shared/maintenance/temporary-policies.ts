/**
 * The policies that stand in for the standing ones during a maintenance (patent's figs 11 to 14), made from the request.
 * Keeps SPEC rules MNT-3 (what the request does not name goes on as before), MNT-4 (while clients serve, no exception
 * sends a request to the server that is away) and MNT-14 (scheduled sync is suspended for what moves: it is synced at once).
 */
import type { ServerPolicy } from "../policy/server-policy.ts"
import { mostSpecific, type Pattern } from "../policy/most-specific.ts"
import { covers, samplePath } from "../policy/pattern.ts"
import type { Rule, ServerRule } from "../policy/rules.ts"
import type { Side } from "../protocol/names.ts"

/** The two policies of a service, apart from what is signed. */
export interface PolicyPair {
  readonly client: readonly Rule[]
  readonly server: Pick<ServerPolicy, "priority" | "rules">
}

/** The pair under which `side` serves `urls`: figs 11 and 12 for the client, 13 and 14 for the server. */
export const temporaryPolicies = (
  { client, server }: PolicyPair,
  urls: readonly Pattern[],
  side: Side
): PolicyPair => ({
  client: temporaryRules(client, urls, (match, before) => clientRule(match, before, side)),
  server: { ...server, rules: [...temporaryRules(server.rules, urls, (match) => ({ match, serve: side }) as const)] }
})

const temporaryRules = <R extends Rule | ServerRule>(
  standing: readonly R[],
  urls: readonly Pattern[],
  moved: (match: Pattern, before: R | undefined) => R
): readonly R[] => [
  ...urls.map((match) =>
    moved(match, standing.find((rule) => rule.match === match) ?? mostSpecific(standing, samplePath(match)))
  ),
  ...standing.filter((rule) => !urls.some((url) => covers(url, rule.match)))
]

/**
 * A rule that moves one pattern to the client: without exceptions, the server is away. To the server: with what makes the client stand in
 * for it, and if the client serves normally, it goes on doing so when the server cannot be reached (P38).
 */
const clientRule = (match: Pattern, before: Rule | undefined, serve: Side): Rule => {
  if (serve === "client") return { match, serve }
  const standIns = (before?.unless ?? []).filter((exception) => exception.serve === "client")
  const unless: NonNullable<Rule["unless"]> =
    before?.serve === "client" ? [...standIns, { if: { network: "offline" }, serve: "client" }] : standIns
  return unless.length === 0 ? { match, serve } : { match, serve, unless }
}
