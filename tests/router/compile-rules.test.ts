import { expect, test } from "vitest"
import { compileRules, ruleChange, type NavigationRule, type RuleInput } from "../../extension/router/compile-rules.ts"
import type { RouteMode, RoutingTable } from "../../shared/switchover/routes.ts"

const ORIGIN = "http://www.sample.com:8080"

const table = (...routes: readonly (readonly [string, RouteMode])[]): RoutingTable => ({
  service: "schedule",
  origin: ORIGIN,
  mount: "/calendar/",
  serial: 7,
  epoch: 1,
  routes: routes.map(([match, mode]) => ({ match, mode }))
})

const input = (tables: readonly RoutingTable[], recover: readonly string[] = []): RuleInput => ({
  tables,
  recover,
  extensionUrl: "chrome-extension://abc/",
  extensionId: "abc"
})

/** What the browser would do with a navigation: the action of the highest rule that matches; headers are another matter. */
const actionFor = (rules: readonly NavigationRule[], url: string): string => {
  const matching = rules
    .filter(({ action, condition }) => action.type !== "modifyHeaders" && condition.responseHeaders === undefined)
    .filter(({ condition }) => new RegExp(condition.regexFilter).test(url))
    .sort((a, b) => b.priority - a.priority)
  return matching[0]?.action.type ?? "none"
}

test("[ROU-10] while everything is the server's no rule touches where a navigation goes", () => {
  const rules = compileRules(input([table(["/calendar/*", "server"])]))
  expect(rules.every(({ action }) => action.type === "modifyHeaders")).toBe(true)
  expect(rules.every(({ condition }) => condition.initiatorDomains?.join() === "abc")).toBe(true)
})

test("[ROU-10] held and client routes lead to the router, with any query and fragment, and nothing beside them", () => {
  for (const mode of ["hold", "client"] as const) {
    const rules = compileRules(input([table(["/calendar/*", mode])]))
    for (const path of ["/calendar", "/calendar/", "/calendar/a/b?x=1", "/calendar?x", "/calendar/#top"])
      expect(actionFor(rules, ORIGIN + path), path).toBe("redirect")
    for (const other of ["/calendars/", "/", "/_locum/session", "/Calendar/"])
      expect(actionFor(rules, ORIGIN + other), other).toBe("none")
    expect(actionFor(rules, "http://www.sample.com/calendar/")).toBe("none")
    expect(actionFor(rules, "http://wwwXsample.com:8080/calendar/")).toBe("none")
  }
})

test("[ROU-15] what only reads and is answered here is led to the shell at once, what is held or has a body to the router", () => {
  const ledTo = (mode: RouteMode, method: string): string | undefined => {
    const matching = compileRules(input([table(["/calendar/*", mode])]))
      .filter(({ condition }) => condition.requestMethods?.includes(method) ?? true)
      .flatMap(({ action, priority }) => (action.type === "redirect" ? [{ ...action.redirect, priority }] : []))
      .sort((a, b) => b.priority - a.priority)
    return matching[0]?.regexSubstitution
  }
  expect(ledTo("client", "get")).toBe("chrome-extension://abc/tabs/shell.html?u=\\0")
  expect(ledTo("client", "post")).toBe("chrome-extension://abc/route?u=\\0")
  expect(ledTo("hold", "get")).toBe("chrome-extension://abc/route?u=\\0")
})

test("[ROU-11] the more specific route wins, in both directions", () => {
  const rules = compileRules(
    input([table(["/calendar/*", "client"], ["/calendar/search/*", "server"], ["/calendar/search/help", "client"])])
  )
  expect(actionFor(rules, `${ORIGIN}/calendar/x`)).toBe("redirect")
  expect(actionFor(rules, `${ORIGIN}/calendar/search/?q=1`)).toBe("allow")
  expect(actionFor(rules, `${ORIGIN}/calendar/search/help?a`)).toBe("redirect")
  expect(actionFor(rules, `${ORIGIN}/calendar/search/helpless`)).toBe("allow")
})

test("[ROU-12] a closed edge is recognised by its header: GET is led here, POST is blocked so that its body is kept", () => {
  const rules = compileRules(input([table(["/calendar/*", "server"])], ["schedule"]))
  const closed = rules.filter(({ condition }) => condition.responseHeaders !== undefined)
  expect(closed.map(({ action, condition }) => [condition.requestMethods, action.type])).toEqual([
    [["get"], "redirect"],
    [["post"], "block"]
  ])
  expect(compileRules(input([table(["/calendar/*", "server"])])).some(({ action }) => action.type === "block")).toBe(
    false
  )
})

test("[ROU-10] two services do not share an id", () => {
  const other = { ...table(["/notes/*", "client"]), service: "notes", mount: "/notes/" }
  const ids = compileRules(input([table(["/calendar/*", "client"]), other], ["schedule", "notes"])).map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
})

test("[ROU-31] only what the extension itself sends gets the service's Origin", () => {
  const rules = compileRules(input([table(["/calendar/*", "server"])], ["schedule"]))
  const rewriting = rules.filter(({ action }) => action.type === "modifyHeaders")
  expect(rewriting.map(({ condition }) => condition.initiatorDomains)).toEqual([["abc"], ["abc"]])
})

test("[ROU-31] a form that the shell sends on beside the service's mount has the service's Origin too", () => {
  const rules = compileRules(input([table(["/calendar/*", "server"])], ["schedule"]))
  const covers = (url: string, type: string): boolean =>
    rules.some(
      ({ action, condition }) =>
        action.type === "modifyHeaders" &&
        condition.resourceTypes.includes(type) &&
        new RegExp(condition.regexFilter).test(url)
    )
  expect(covers(`${ORIGIN}/_locum/sign-out`, "main_frame")).toBe(true)
  expect(covers(`${ORIGIN}/calendar/events`, "xmlhttprequest")).toBe(true)
  expect(covers(`${ORIGIN}/_locum/session`, "xmlhttprequest")).toBe(false)
  expect(covers(`${ORIGIN}0/calendar/events`, "main_frame")).toBe(false)
})

test("[ROU-13] only what differs is changed, whatever order the browser gives keys back in", () => {
  const wanted = compileRules(input([table(["/calendar/*", "client"])], ["schedule"]))
  const reordered = wanted.map(
    (rule) => Object.fromEntries(Object.entries(rule).reverse()) as unknown as NavigationRule
  )
  expect(ruleChange(reordered, wanted)).toBeNull()
  const first = wanted[0]
  expect(ruleChange([...wanted.slice(1), { id: 99_999 }], wanted)).toEqual({
    removeRuleIds: [99_999],
    addRules: [first]
  })
})
