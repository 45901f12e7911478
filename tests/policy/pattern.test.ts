import { expect, test } from "vitest"
import { parse } from "../../shared/protocol/parse.ts"
import { matches, mostSpecific } from "../../shared/policy/most-specific.ts"
import { PatternSchema } from "../../shared/policy/pattern.ts"

test("[POL-1] a prefix pattern matches its folder with and without the slash, and everything below", () => {
  expect(matches("/calendar/search/*", "/calendar/search/")).toBe(true)
  expect(matches("/calendar/search/*", "/calendar/search")).toBe(true)
  expect(matches("/calendar/search/*", "/calendar/search/a/b")).toBe(true)
  expect(matches("/calendar/search/*", "/calendar/searching")).toBe(false)
  expect(matches("/calendar/search", "/calendar/search/")).toBe(false)
})

test("[POL-2] the most specific pattern wins: exact before prefix, longer before shorter", () => {
  const rules = [{ match: "/calendar/*" }, { match: "/calendar/search/*" }, { match: "/calendar/search/now" }]
  expect(mostSpecific(rules, "/calendar/")?.match).toBe("/calendar/*")
  expect(mostSpecific(rules, "/calendar/search/x")?.match).toBe("/calendar/search/*")
  expect(mostSpecific(rules, "/calendar/search/now")?.match).toBe("/calendar/search/now")
  expect(mostSpecific(rules, "/mail/")).toBeUndefined()
})

test.each(["/_locum/*", "/_locum/session", "/*", "/_locum", "/.well-known/*", "/.well-known/locum.json"])(
  "[F10] the pattern %s, which covers the control plane, is refused",
  (pattern) => {
    expect(parse(PatternSchema, pattern)).toEqual({
      ok: false,
      error: expect.stringContaining("control plane") as string
    })
  }
)

test.each(["calendar/*", "/a*b", "/a/*/b", "/a**", "/a//b", "/a/../b", "/a?x", "/a b"])(
  "[F9] the pattern %s is refused with what would be right",
  (pattern) => {
    expect(parse(PatternSchema, pattern).ok).toBe(false)
  }
)

test("[F9] a pattern made to backtrack is matched in linear time", () => {
  const path = `/${"a".repeat(2_000_000)}`
  expect(matches(`/${"a".repeat(900)}/*`, path)).toBe(false)
})
