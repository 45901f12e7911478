/**
 * Makes a local page of an app's HTML: `<base>` with the real URL and the prelude stand before everything that could run
 * or load, and subresources of the same service are inlined, since a sandboxed page's subresources do not reach the
 * service worker. Everything else stays byte for byte, but for the text of frames. Keeps SPEC rules ROU-8, CLI-24, CLI-25, CLI-39.
 */
import { Parser } from "htmlparser2"
import { guardFrames } from "../../shared/protocol/guard-frames.ts"

/** A subresource as the service answers it. */
export interface Subresource {
  readonly type: string
  readonly bytes: Uint8Array
}

/** What makes a local page. */
export interface LocalPageInput {
  /** The real URL that the page stands for. */
  readonly url: string
  /** Script text that runs before the page's own. */
  readonly prelude: string
  /** A same-service subresource, null when it cannot be had: then its element stays as it is. */
  readonly load: (url: string) => Promise<Subresource | null>
}

/** A replacement of `[start, end)` of the HTML. */
interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** An element that names a subresource; `start` to `end` is its start tag. */
interface Named {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly start: number
  readonly end: number
}

/** Elements whose `src` is given as a data: URL. */
const WITH_SRC = new Set(["script", "img", "source", "audio", "video", "track", "input"])
const LINKS = /^(?:stylesheet|icon|shortcut icon|apple-touch-icon)$/i
const BASE64_STEP = 0x8000

const SKIPPED = String.raw`(?:[\t\n\f\r ]|<!--(?!-?>)(?:(?!--)[^])*-->|<\?[^>]*>)*`
const ATTRIBUTES = String.raw`(?:[\t\n\f\r ]+(?!on|style)[a-z][\w:-]*(?:=(?:"[^"<>]*"|'[^'<>]*'|[^\t\n\f\r "'<>=\x60]+))?)*[\t\n\f\r ]*`
/**
 * The beginning of a page behind which its prelude may stand: doctype, and the start tags of html and head. Only what every parser takes for just that
 * and what runs nothing; behind anything else stands the prelude too late. Whatever comes before <head> opens the head by itself, or the body.
 */
const BEGINNING = new RegExp(
  `^(?:${SKIPPED}<!doctype[^>]*>)?(?:(?:${SKIPPED}<html${ATTRIBUTES}>)?${SKIPPED}<head${ATTRIBUTES}>)?`,
  "i"
)

/** The HTML of the local page. */
export const makeLocalPage = async (html: string, input: LocalPageInput): Promise<string> => {
  const beginning = BEGINNING.exec(html)?.[0] ?? ""
  const rest = html.slice(beginning.length)
  const origin = new URL(input.url).origin
  const found = await Promise.all(scan(rest).map((element) => inlined(element, input, origin)))
  const splices = found.filter((splice) => splice !== null)
  return beginning + opening(input) + guardFrames(apply(rest, splices))
}

const opening = ({ url, prelude }: LocalPageInput): string =>
  `<base href="${escapeAttribute(url)}"><script>${escapeScript(prelude)}</script>`

/** Which elements name subresources. */
const scan = (html: string): readonly Named[] => {
  const named: Named[] = []
  const parser = new Parser(
    {
      onopentag: (name, attributes) => {
        const { startIndex: start, endIndex } = parser
        const end = endIndex + 1
        if (WITH_SRC.has(name) || name === "link") named.push({ name, attributes, start, end })
      }
    },
    { lowerCaseTags: true, lowerCaseAttributeNames: true }
  )
  parser.end(html)
  return named
}

const inlined = async (element: Named, input: LocalPageInput, origin: string): Promise<Splice | null> => {
  const { name, attributes, start, end } = element
  const attribute = name === "link" ? "href" : "src"
  const value = attributes[attribute]
  if (value === undefined || (name === "link" && !LINKS.test(attributes["rel"] ?? ""))) return null
  if (!URL.canParse(value, input.url)) return null
  const url = new URL(value, input.url)
  if (url.origin !== origin) return null
  const resource = await input.load(url.href)
  if (resource === null) return null
  const isStyle = name === "link" && /^stylesheet$/i.test(attributes["rel"] ?? "")
  const text = isStyle
    ? await styleElement(resource, url.href, attributes["media"], input, origin)
    : startTag(name, { ...attributes, [attribute]: dataUrl(resource) })
  return { start, end, text }
}

/** A style sheet as an element: the page's policy allows inline styles, and fonts and images as data: URLs. */
const styleElement = async (
  resource: Subresource,
  base: string,
  media: string | undefined,
  input: LocalPageInput,
  origin: string
): Promise<string> => {
  const css = new TextDecoder().decode(resource.bytes)
  const splices: Splice[] = []
  for (const match of css.matchAll(/url\(\s*(["']?)([^"')]+)\1\s*\)/g)) {
    const [whole, , reference = ""] = match
    if (reference.startsWith("data:") || !URL.canParse(reference, base)) continue
    const url = new URL(reference, base)
    const loaded = url.origin === origin ? await input.load(url.href) : null
    const text = loaded === null ? `url("${url.href}")` : `url("${dataUrl(loaded)}")`
    splices.push({ start: match.index, end: match.index + whole.length, text })
  }
  return (
    startTag("style", media === undefined ? {} : { media }) +
    apply(css, splices).replace(/<\/style/gi, "<\\/style") +
    "</style>"
  )
}

const startTag = (name: string, attributes: Readonly<Record<string, string>>): string =>
  `<${name}${Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escapeAttribute(value)}"`)
    .join("")}>`

const dataUrl = ({ type, bytes }: Subresource): string => {
  let binary = ""
  for (let at = 0; at < bytes.length; at += BASE64_STEP)
    binary += String.fromCharCode(...bytes.subarray(at, at + BASE64_STEP))
  return `data:${type.replace(/\s+/g, "")};base64,${btoa(binary)}`
}

const escapeAttribute = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;")

/** Script text that cannot end its element early, nor begin what HTML takes for a comment in a script. */
const escapeScript = (script: string): string => script.replace(/<(?=\/script|!--|script)/gi, "\\x3C")

const apply = (text: string, splices: readonly Splice[]): string => {
  const parts: string[] = []
  let at = 0
  for (const { start, end, text: replacement } of splices.toSorted((a, b) => a.start - b.start)) {
    parts.push(text.slice(at, start), replacement)
    at = end
  }
  return parts.join("") + text.slice(at)
}
