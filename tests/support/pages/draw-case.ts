/** Draws requests as pages make them, well-formed and not, by the sections of the Fetch and the XMLHttpRequest standard. */
import type { Random } from "../../../scripts/simulation/world/random.ts"
import {
  READS,
  type AnswerBody,
  type AnswerPlan,
  type BodyPlan,
  type FetchCase,
  type PageCase,
  type XhrCase
} from "./page-case.ts"

const NULL_BODY_STATUSES = [204, 205, 304]
const REDIRECTS = [301, 302, 303, 307, 308]
const METHODS = [
  "GET",
  "GET",
  "GET",
  "GET",
  "POST",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "HEAD",
  "OPTIONS",
  "get",
  "post",
  "pUt",
  "PROPFIND"
]
/** Refused by the browser itself. */
const BAD_METHODS = ["TRACE", "connect", "a b", ""]
const STATUSES = [
  200, 200, 200, 200, 200, 201, 202, 203, 206, 299, 300, 400, 401, 403, 404, 409, 410, 418, 422, 429, 451, 499, 500,
  501, 502, 503, 504, 599
]
const TYPES = [
  "text/plain",
  "text/plain;charset=iso-8859-1",
  "text/html; charset=windows-1252",
  "text/html",
  "application/json",
  "application/json; charset=utf-16",
  "text/xml",
  "application/atom+xml",
  "application/octet-stream",
  "image/png",
  "nonsense",
  "text/plain; charset=nonsense",
  'Text/Plain;Charset="UTF-8"'
]
const TEXTS = [
  "",
  "a",
  '{"a":[1,2]}',
  "[broken",
  "<p>an <b>element</b>",
  "<a b='c'>text</a>",
  "<a><b></a>",
  "a=1&b=2",
  "\ufeffwith a mark",
  "null"
]

const pick = <T>(random: Random, items: readonly T[]): T => {
  const item = random.pick(items)
  if (item === undefined) throw new Error("nothing to pick from")
  return item
}

const size = (random: Random): number =>
  random.chance(0.03) ? 200_000 + random.below(200_000) : random.chance(0.2) ? random.below(40_000) : random.below(300)

const answerBody = (random: Random): AnswerBody => {
  const draw = random.fraction()
  if (draw < 0.08) return { kind: "none" }
  if (draw < 0.5) return { kind: "given", text: pick(random, TEXTS) }
  if (draw < 0.6) return { kind: "latin1", text: "Grüße für €uro \u0080\u0000 ÿþ" }
  return { kind: pick(random, ["text", "bytes", "chunks"] as const), size: size(random) }
}

const answerHeaders = (random: Random): readonly (readonly [string, string])[] => {
  const headers: [string, string][] = []
  if (random.chance(0.7)) headers.push(["content-type", pick(random, TYPES)])
  if (random.chance(0.3)) headers.push(["X-Own", pick(random, ["1", "", "a, b", "ä ÿ", "a".repeat(3000)])])
  if (random.chance(0.2)) headers.push(["x-own", "once more"])
  if (random.chance(0.15)) headers.push(["set-cookie", "probe=1; path=/guest/nowhere"], ["set-cookie2", "probe=2"])
  if (random.chance(0.1))
    headers.push(["etag", '"a"'], ["vary", "*"], ["last-modified", "Thu, 26 Nov 2026 00:00:00 GMT"])
  if (random.chance(0.1))
    headers.push(["access-control-allow-origin", "https://other.example"], ["access-control-expose-headers", "nothing"])
  if (random.chance(0.05))
    headers.push(["content-disposition", "attachment; filename=a.txt"], ["content-language", "de"])
  return headers
}

const answer = (random: Random, body: AnswerBody): AnswerPlan => {
  const status = random.chance(0.08) ? pick(random, NULL_BODY_STATUSES) : pick(random, STATUSES)
  const statusText = random.chance(0.1) ? { statusText: pick(random, ["Odd  words", "OK", "äöü", "No"]) } : {}
  const isEmpty = NULL_BODY_STATUSES.includes(status)
  return { status, ...statusText, headers: answerHeaders(random), body: isEmpty ? { kind: "none" } : body }
}

const place = (plan: AnswerPlan): string => `/guest/echo?${encodeURIComponent(JSON.stringify(plan))}`

/** One to three steps, by each status, relative and whole, or to where no redirect may lead. */
const redirected = (random: Random, to: AnswerPlan): AnswerPlan => {
  const status = pick(random, REDIRECTS)
  const where = random.fraction()
  const location =
    where < 0.8
      ? place(to)
      : where < 0.88
        ? `${place(to)}#there`
        : where < 0.92
          ? "http://"
          : where < 0.96
            ? "data:,x"
            : ""
  const headers: [string, string][] = location === "" ? [] : [["location", location]]
  const step: AnswerPlan = { status, headers, body: { kind: "given", text: "moved" } }
  return random.chance(0.25) ? redirected(random, step) : step
}

const plan = (random: Random): AnswerPlan => {
  const last = answer(random, answerBody(random))
  return random.chance(0.12) ? redirected(random, last) : last
}

const SENT = ["", "plain", "Ünï", "a=b&c=d", "x".repeat(5000), '{"a":1}', "\u0000\ud800"]
const ENTRIES = [
  ["a", "1"],
  ["ä", "ö ü"],
  ["a", "line\nbreak"],
  ["", ""]
] as const

const sentBody = (random: Random): BodyPlan => {
  const kind = pick(random, ["none", "text", "text", "buffer", "view", "data-view", "blob", "params", "form"] as const)
  switch (kind) {
    case "none":
      return { kind }
    case "text":
      return { kind, text: pick(random, SENT) }
    case "blob":
      return { kind, text: pick(random, SENT), type: pick(random, ["", "text/x-own", "Image/PNG"]) }
    case "params":
    case "form":
      return { kind, entries: ENTRIES.slice(0, random.below(5)), file: random.chance(0.4) }
    default:
      return { kind, size: size(random) }
  }
}

const FORBIDDEN = [
  "Host",
  "Cookie",
  "Origin",
  "Referer",
  "Connection",
  "Content-Length",
  "Sec-Own",
  "Proxy-Own",
  "Accept-Encoding",
  "Date",
  "Via",
  "TE",
  "Expect",
  "Keep-Alive",
  "Set-Cookie"
]
const sentHeaders = (random: Random): readonly (readonly [string, string])[] => {
  const headers: [string, string][] = []
  if (random.chance(0.3)) headers.push(["X-Own", pick(random, ["1", " spaces ", "", "a,b", "ä"])])
  if (random.chance(0.1)) headers.push(["x-own", "2"])
  if (random.chance(0.15)) headers.push(["Accept", pick(random, ["application/json", "text/html, */*;q=0.1"])])
  if (random.chance(0.2))
    headers.push(["content-type", pick(random, ["application/json", "text/plain;charset=latin1", "nonsense"])])
  if (random.chance(0.15)) headers.push([pick(random, FORBIDDEN), "1"])
  if (random.chance(0.03))
    headers.push(
      pick(random, [
        ["a b", "1"],
        ["x-bad", "a\nb"],
        ["", "1"],
        ["x-wide", "€"]
      ]) as [string, string]
    )
  return headers
}

const common = (random: Random): Pick<PageCase, "method" | "plan" | "fragment" | "headers" | "body"> => {
  const method = random.chance(0.03) ? pick(random, BAD_METHODS) : pick(random, METHODS)
  const carries = !/^(?:get|head)$/i.test(method) || random.chance(0.05)
  const body: BodyPlan = carries ? sentBody(random) : { kind: "none" }
  // A form's parts are divided by something random, which only its own type tells.
  const headers = sentHeaders(random).filter(([name]) => body.kind !== "form" || name !== "content-type")
  return { method, plan: plan(random), fragment: random.chance(0.1) ? "#here" : "", headers, body }
}

const drawInit = (random: Random): FetchCase["init"] => ({
  ...(random.chance(0.2) ? { redirect: pick(random, ["follow", "error", "manual"] as const) } : {}),
  ...(random.chance(0.15) ? { credentials: pick(random, ["omit", "same-origin", "include"] as const) } : {}),
  ...(random.chance(0.15)
    ? { cache: pick(random, ["no-store", "reload", "no-cache", "force-cache", "only-if-cached"] as const) }
    : {}),
  ...(random.chance(0.15) ? { mode: pick(random, ["cors", "same-origin", "no-cors", "navigate"] as const) } : {}),
  ...(random.chance(0.1) ? { keepalive: true } : {}),
  ...(random.chance(0.1) ? { referrerPolicy: pick(random, ["no-referrer", "origin"] as const) } : {})
})

const drawFetch = (random: Random): FetchCase => ({
  api: "fetch",
  ...common(random),
  asRequest: random.chance(0.3),
  init: drawInit(random),
  abort: random.chance(0.15)
    ? pick(random, ["before", "at-once", "microtask", "after-headers", "after-body"] as const)
    : "never",
  ownReason: random.chance(0.4),
  read: pick(random, READS)
})

const documentBody = (random: Random): BodyPlan => ({
  kind: "document",
  ...pick(random, [
    { type: "text/html", text: "<p>Grüße" },
    { type: "application/xml", text: "<a>ä</a>" }
  ] as const)
})

const drawXhr = (random: Random): XhrCase => {
  const shared = common(random)
  const carries = shared.body.kind !== "none" && random.chance(0.1)
  return {
    api: "xhr",
    ...shared,
    body: carries ? documentBody(random) : shared.body,
    responseType: pick(random, ["", "", "text", "json", "arraybuffer", "blob", "document"] as const),
    override: random.chance(0.12)
      ? pick(random, ["text/plain; charset=iso-8859-1", "text/xml", "application/json", "nonsense"])
      : null,
    timeout: random.chance(0.2) ? 60_000 : 0,
    withCredentials: random.chance(0.2),
    listensToUpload: random.chance(0.4),
    abort: random.chance(0.15) ? pick(random, ["at-once", "headers", "loading", "done"] as const) : "never",
    meddles: random.chance(0.25),
    again: random.chance(0.1)
  }
}

/** The next case. */
export const drawCase = (random: Random): PageCase => {
  const drawn = random.chance(0.5) ? drawFetch(random) : drawXhr(random)
  if (drawn.api !== "xhr" || drawn.abort === "never") return drawn
  // How long a form is, is known only once it was read; and what is aborted does not begin anew.
  const listensToUpload = drawn.listensToUpload && (drawn.abort !== "at-once" || drawn.body.kind !== "form")
  return { ...drawn, again: false, listensToUpload }
}
