/**
 * What the two sides showed of the same case, property by property. Each exception is named, and as narrow as it can be said; SPEC.md has the
 * same list.
 */
import type { AnswerPlan, PageCase, Seen } from "./page-case.ts"

/** Headers that the network, and not the app, gives an answer or a request (RFC 9110, 7.6.1; Fetch, 4.6 "HTTP-network-or-cache fetch"). */
const OF_NETWORK = /^(?:connection|keep-alive|transfer-encoding|date)$/
const OF_BROWSER =
  /^(?:host|connection|user-agent|accept-encoding|accept-language|origin|referer|cookie|content-length|cache-control|pragma|sec-.*|idempotency-key|priority|dnt)$/

const nameOf = (line: string): string => line.split(":", 1)[0] ?? ""

const leadsNowhere = ({ headers }: AnswerPlan): boolean =>
  /data(?::|%(?:25)*3A)|http(?::|%(?:25)*3A)/.test(JSON.stringify(headers))

/** A difference that is explained: what both sides look like without it. */
interface Exception {
  readonly name: string
  /** It is there even where the server answers. */
  readonly ofServer?: boolean
  readonly apply: (seen: Record<string, unknown>, side: "native" | "here", each: PageCase) => void
}

export const EXCEPTIONS: readonly Exception[] = [
  {
    /** No status text goes over HTTP/2 and 3, and the app's own is kept on neither side. */
    name: "status-text",
    apply: (seen, side) => {
      if (side === "native" && "statusText" in seen) seen["statusText"] = ""
    }
  },
  {
    /** Hop-by-hop headers are the network's; how long an answer is, is said where it was whole. */
    name: "network-headers",
    ofServer: true,
    apply: (seen) => {
      if (Array.isArray(seen["headers"]))
        seen["headers"] = (seen["headers"] as string[]).filter((line) => !OF_NETWORK.test(nameOf(line)))
      const reached = seen["reached"] as { headers: [string, string][] } | null | undefined
      if (reached !== null && reached !== undefined)
        seen["reached"] = { ...reached, headers: reached.headers.filter(([name]) => !OF_BROWSER.test(name)) }
    }
  },
  {
    /** Whether a body had gone before the browser refused where its redirect leads is a matter of time. */
    name: "refused-redirect",
    ofServer: true,
    apply: (seen, _side, { plan }) => {
      if (Array.isArray(seen["events"]) && leadsNowhere(plan))
        seen["events"] = (seen["events"] as string[]).filter((line) => !line.startsWith("upload-"))
    }
  },
  {
    /** A document that is parsed here has the page's own URL, and the type that the parser knows it by. */
    name: "xhr-document",
    apply: (seen) => {
      if (typeof seen["response"] === "string" && seen["response"].startsWith("document "))
        seen["response"] = seen["response"].replace(/^document (\S+) (\S+) (\S+)/, "document")
      if (typeof seen["xml"] === "string") seen["xml"] = seen["xml"].replace(/^gave \S+\+xml /, "gave application/xml ")
    }
  }
]

const explained = (
  seen: Seen,
  side: "native" | "here",
  each: PageCase,
  exceptions: readonly Exception[]
): Record<string, unknown> => {
  const plain = { ...seen }
  for (const { apply } of exceptions) apply(plain, side, each)
  return plain
}

const MOST_KEPT_ALIVE = 65_536

const keptAlive = (each: PageCase): number =>
  each.api === "fetch" && each.init.keepalive === true && "size" in each.body ? each.body.size : 0

/** The bodies of requests with `keepalive` that are under way together, bytes. */
export const keptAliveOf = (cases: readonly PageCase[]): number => cases.reduce((sum, each) => sum + keptAlive(each), 0)

/**
 * More than 64 KiB under way with `keepalive` are refused by the browser, since their page may be gone (Fetch, 4.7 "HTTP-network-or-cache
 * fetch"); which of them are too many is a matter of time. Here the page that asks is there.
 */
const isTooMuchKeptAlive = (each: PageCase, underWay: number, sides: readonly Seen[]): boolean =>
  keptAlive(each) > 0 && underWay > MOST_KEPT_ALIVE && sides.some((seen) => seen["failed"] === "TypeError")

/** A request that cannot succeed and is given up in the turn in which it was made: which of the two comes first is a matter of threads. */
const isGivenUpOrFailed = (each: PageCase, native: Seen, here: Seen): boolean =>
  (each.abort === "at-once" || each.abort === "microtask") &&
  native["failed"] === "DOMException AbortError" &&
  here["failed"] === "TypeError"

/**
 * What differs, one line for each property; none when nothing does.
 * @param isServed what the page saw comes from its server
 * @param underWay bytes with `keepalive` that were asked for together with it
 */
export const differences = (
  each: PageCase,
  native: Seen,
  here: Seen,
  isServed: boolean,
  underWay: number
): readonly string[] => {
  if (isTooMuchKeptAlive(each, underWay, isServed ? [native, here] : [native])) return []
  if (isGivenUpOrFailed(each, native, here)) return []
  const exceptions = EXCEPTIONS.filter(({ ofServer }) => !isServed || ofServer === true)
  const [a, b] = [explained(native, "native", each, exceptions), explained(here, "here", each, exceptions)]
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) => {
    const [was, is] = [JSON.stringify(a[key]), JSON.stringify(b[key])]
    return was === is ? [] : [`${key}: ${firstDifference(a[key], b[key])}`]
  })
}

/** Of two lists, where they begin to differ. */
const firstDifference = (was: unknown, is: unknown): string => {
  if (!Array.isArray(was) || !Array.isArray(is)) return `natively ${JSON.stringify(was)}, here ${JSON.stringify(is)}`
  const at = was.findIndex((line, place) => JSON.stringify(line) !== JSON.stringify(is[place]))
  const place = at < 0 ? was.length : at
  return `at ${place} natively ${JSON.stringify(was[place])}, here ${JSON.stringify(is[place])}`
}
