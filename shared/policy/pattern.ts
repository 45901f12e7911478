/**
 * URL patterns of policy rules: an exact path, or a literal prefix and `/*`. No other wildcard exists, so matching takes
 * linear time by construction (F9). Keeps SPEC rules POL-1 to POL-3.
 */
import * as v from "valibot"
import { isControlPath } from "../protocol/headers.ts"
import { matches, prefixOf, type Pattern } from "./most-specific.ts"

/** `/calendar/search/*` matches `/calendar/search/`, everything below it, and `/calendar/search` itself. */
export const PatternSchema = v.pipe(
  v.string(),
  v.maxLength(1000),
  v.startsWith("/", "must start with /"),
  v.check(
    (text) => !text.slice(0, -1).includes("*") && !/[^/]\*$/.test(text),
    "may have one * only, as the last segment /*"
  ),
  v.check((text) => !/[?#\s\\]/.test(text), "is a path: no query, fragment, space or backslash"),
  v.check((text) => !text.includes("//") && !/\/\.{1,2}(\/|$)/.test(text), "must be a normalised path"),
  v.check((text) => !coversControlPlane(text), "must not cover the control plane (/_locum/, /.well-known/locum.json)")
)
const coversControlPlane = (pattern: Pattern): boolean => {
  const prefix = prefixOf(pattern)
  if (prefix === null) return isControlPath(pattern)
  return "/_locum/".startsWith(prefix) || "/.well-known/locum.json".startsWith(prefix) || isControlPath(prefix)
}

/** A path that a pattern matches, for asking where it lies: `/calendar/search/` for `/calendar/search/*`. */
export const samplePath = (pattern: Pattern): string => prefixOf(pattern) ?? pattern

/** Whether everything that `inner` matches is matched by `outer`. */
export const covers = (outer: Pattern, inner: Pattern): boolean =>
  outer === inner || (prefixOf(outer) !== null && matches(outer, samplePath(inner)))
