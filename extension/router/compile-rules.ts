/**
 * declarativeNetRequest rules as desired state: what the rules must be for the routing tables, and what to change from what they
 * are, in one call. Pure. Keeps SPEC rules ROU-10 to ROU-13, ROU-31 (F16).
 */
import { CLOSED_HEADER } from "../../shared/protocol/headers.ts"
import { specificity } from "../../shared/policy/most-specific.ts"
import type { RoutingTable } from "../../shared/switchover/routes.ts"

/** As much of chrome.declarativeNetRequest.Rule as is used; plain JSON. */
export interface NavigationRule {
  readonly id: number
  readonly priority: number
  readonly condition: {
    readonly regexFilter: string
    readonly isUrlFilterCaseSensitive: true
    readonly resourceTypes: readonly string[]
    readonly requestMethods?: readonly string[]
    readonly initiatorDomains?: readonly string[]
    readonly responseHeaders?: readonly { readonly header: string }[]
  }
  readonly action:
    | { readonly type: "allow" | "block" }
    | { readonly type: "redirect"; readonly redirect: { readonly regexSubstitution: string } }
    | {
        readonly type: "modifyHeaders"
        readonly requestHeaders: readonly {
          readonly header: string
          readonly operation: "set"
          readonly value: string
        }[]
      }
}

export interface RuleInput {
  readonly tables: readonly RoutingTable[]
  /** Services whose closed or failed navigations are brought back. */
  readonly recover: readonly string[]
  /** Prefix of the extension's own URLs, and its id. */
  readonly extensionUrl: string
  readonly extensionId: string
}

/** Ids of a service's rules begin at this multiple. */
const IDS_PER_SERVICE = 2000
const RULES_PER_ROUTE = 2
/** Above all rules of routes: these do not decide where a request goes. */
const HEADER_PRIORITY = 1_000_000
const CLOSED_PRIORITY = 900_000
const NAVIGATIONS = ["main_frame", "sub_frame"] as const

/** The rules for all services. */
export const compileRules = (input: RuleInput): readonly NavigationRule[] =>
  input.tables.flatMap((table, index) =>
    [...routeRules(table, input), ...closedRules(table, input), ...originRules(table, input)].map((rule, offset) => ({
      ...rule,
      id: (index + 1) * IDS_PER_SERVICE + offset
    }))
  )

type Unnumbered = Omit<NavigationRule, "id">

/** Held and client routes lead to the router; a server route is said only where a wider one leads there. */
const routeRules = (table: RoutingTable, { extensionUrl }: RuleInput): readonly Unnumbered[] => {
  const rising = [...table.routes].sort((a, b) => specificity(a.match) - specificity(b.match))
  const widest = rising.findIndex(({ mode }) => mode !== "server")
  if (widest === -1) return []
  return rising.slice(widest).flatMap(({ match, mode }, rank) => {
    const condition = navigationsTo(table.origin, match)
    const rule = (above: number, more: Partial<NavigationRule["condition"]>, action: NavigationRule["action"]) => ({
      priority: rank * RULES_PER_ROUTE + above,
      condition: { ...condition, ...more },
      action
    })
    if (mode === "server") return [rule(1, {}, { type: "allow" })]
    const route = rule(1, {}, leadTo(`${extensionUrl}route?u=`))
    if (mode === "hold") return [route]
    // There is nothing to wait for and no body to keep: one redirect less.
    return [route, rule(2, { requestMethods: ["get"] }, leadTo(`${extensionUrl}tabs/shell.html?u=`))]
  })
}

/** The whole URL stands behind `address`, as it is. */
const leadTo = (address: string): NavigationRule["action"] => ({
  type: "redirect",
  redirect: { regexSubstitution: `${address}\\0` }
})

/**
 * A closed edge says so in a header: GET is led here before the 503 shows; a POST is blocked, which makes it a failed navigation that can be
 * repeated whole (a redirect at this stage would drop its body).
 */
const closedRules = (table: RoutingTable, { recover, extensionUrl }: RuleInput): readonly Unnumbered[] => {
  if (!recover.includes(table.service)) return []
  const condition = {
    ...navigationsTo(table.origin, `${table.mount}*`),
    responseHeaders: [{ header: CLOSED_HEADER.toLowerCase() }]
  }
  const lead = leadTo(`${extensionUrl}route?closed&u=`)
  return [
    { priority: CLOSED_PRIORITY, condition: { ...condition, requestMethods: ["get"] }, action: lead },
    { priority: CLOSED_PRIORITY, condition: { ...condition, requestMethods: ["post"] }, action: { type: "block" } }
  ]
}

/**
 * What the extension itself sends (the shell for a form that was held or posted in a local page, the platform for a fetch) comes from the
 * service's own page: its Origin says so. Never by the host of the initiator, which has neither port nor scheme.
 */
const originRules = (table: RoutingTable, { extensionId }: RuleInput): readonly Unnumbered[] => {
  const rewrite = (match: string, resourceTypes: readonly string[]): Unnumbered => ({
    priority: HEADER_PRIORITY,
    condition: { ...navigationsTo(table.origin, match), initiatorDomains: [extensionId], resourceTypes },
    action: {
      type: "modifyHeaders",
      requestHeaders: [
        { header: "origin", operation: "set", value: table.origin },
        { header: "sec-fetch-site", operation: "set", value: "same-origin" }
      ]
    }
  })
  // A form of a local page may lead beside the mount, to a sign-out for one; the platform fetches for the service only.
  return [rewrite("/*", NAVIGATIONS), rewrite(`${table.mount}*`, ["xmlhttprequest", "other"])]
}

const escape = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")

/** Navigations to what a pattern of an origin matches, with any query and fragment. */
const navigationsTo = (origin: string, match: string): NavigationRule["condition"] => {
  const prefix = match.endsWith("/*") ? match.slice(0, -2) : null
  const path = prefix === null ? `${escape(match)}(?:[?#].*)?` : `${escape(prefix)}(?:[/?#].*)?`
  return { regexFilter: `^${escape(origin)}${path}$`, isUrlFilterCaseSensitive: true, resourceTypes: NAVIGATIONS }
}

/** What leads from the rules that are in force to the wanted ones; null when nothing does. */
export const ruleChange = (
  current: readonly { readonly id: number }[],
  wanted: readonly NavigationRule[]
): { readonly removeRuleIds: readonly number[]; readonly addRules: readonly NavigationRule[] } | null => {
  const text = (rule: unknown): string => JSON.stringify(rule, sortedKeys)
  const now = new Map(current.map((rule) => [rule.id, text(rule)]))
  const addRules = wanted.filter((rule) => now.get(rule.id) !== text(rule))
  const keep = new Set(wanted.filter((rule) => now.get(rule.id) === text(rule)).map(({ id }) => id))
  const removeRuleIds = [...now.keys()].filter((id) => !keep.has(id))
  return addRules.length === 0 && removeRuleIds.length === 0 ? null : { removeRuleIds, addRules }
}

/** JSON with keys in order: the browser gives rules back in its own. */
const sortedKeys = (_key: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value
