/**
 * What a service is: its name, where it is mounted, and which document each of its URLs is about.
 * Keeps APP-1 (one request, one document), APP-11 (the most specific rule wins, ties are refused when the service is
 * read), APP-12 (`:user` is the signed-in identity, never a part of the path) and APP-13 (what an identity opens).
 */
import * as v from "valibot"
import { isControlPath } from "../protocol/headers.ts"
import { ServiceNameSchema } from "../protocol/names.ts"
import { parse, type Parsed } from "../protocol/parse.ts"
import { decodeSegment, normalizePath } from "./normalize-path.ts"

const NAME = /^[a-z][a-z0-9-]{0,31}$/
const PARAMETER = /^:[a-z][a-zA-Z0-9]{0,31}$/
const MAX_RULES = 64
const MAX_PATH_LENGTH = 512

/** `/a/:b/*`, its parameters left as they are, counts as normal, too. */
const isNormal = (path: string): boolean => {
  const normal = normalizePath(path)
  return normal.ok && normal.value === path
}

const NormalPath = v.pipe(v.string(), v.maxLength(MAX_PATH_LENGTH), v.check(isNormal, "must be a normalised path"))
const ServicePath = v.pipe(
  NormalPath,
  v.check((path) => !isControlPath(path), "must not be a path of the control plane")
)

const DocumentRuleSchema = v.strictObject({
  /** `/calendar/team/:team/*`: literal segments, `:parameters`, and at most one `*` as the last segment. */
  path: v.pipe(ServicePath, v.check(isPathPattern, "has a malformed parameter or a * that is not last")),
  /** `<kind>/<:parameter or literal>`. */
  document: v.pipe(v.string(), v.check(isTemplate, "must be <kind>/<:parameter or name>")),
  /** Shared: members, and those who have a group of the document's name. Left out for `:user`, who is alone. */
  members: v.optional(v.literal("groups"))
})

/** One rule: which document the URLs under a path are about. */
export type DocumentRule = v.InferOutput<typeof DocumentRuleSchema>

/** Everything both sides must know about a service without running its code. */
export const ServiceDefinition = v.pipe(
  v.strictObject({
    name: ServiceNameSchema,
    mount: v.pipe(ServicePath, v.endsWith("/", "must end with /")),
    documents: v.pipe(v.array(DocumentRuleSchema), v.minLength(1), v.maxLength(MAX_RULES)),
    /** Paths that sign the user out when they are asked for. */
    signOut: v.pipe(v.array(NormalPath), v.maxLength(MAX_RULES))
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    for (const message of contradictions(dataset.value.mount, dataset.value.documents)) addIssue({ message })
  })
)
export type ServiceDefinition = v.InferOutput<typeof ServiceDefinition>

/** The signed-in person as identity knows him; groups name shared documents that he may open. */
export interface Identity {
  readonly id: string
  readonly groups: readonly string[]
}

/** Reads a service definition that came from a file or a wire; refuses it whole, naming rule and field. */
export function readService(input: unknown): Parsed<ServiceDefinition> {
  return parse(ServiceDefinition, input)
}

/**
 * The document that a request is about: `<service>/<kind>/<percent-encoded segment>`.
 * `path` is the URL's path, not yet normalised; `userId` the signed-in identity.
 */
export function resolveDocument(service: ServiceDefinition, path: string, userId: string): Parsed<string> {
  const normal = normalizePath(path)
  if (!normal.ok) return normal
  const segments = normal.value.slice(1).split("/")
  let best: { rule: DocumentRule; parameters: ReadonlyMap<string, string> } | undefined
  for (const rule of isControlPath(normal.value) ? [] : service.documents) {
    const parameters = matchPath(rule.path, segments)
    if (parameters && (!best || isMoreSpecific(rule.path, best.rule.path))) best = { rule, parameters }
  }
  if (!best) return { ok: false, error: `service ${service.name} has no document for ${normal.value}` }
  return fillTemplate(service, best.rule.document, best.parameters, userId)
}

/** The documents that an identity alone opens: his own, and one for each of his groups where a rule says so. */
export function documentsOf(service: ServiceDefinition, identity: Identity): ReadonlyMap<string, "own" | "group"> {
  const found = new Map<string, "own" | "group">()
  const add = (kind: string, segment: string, why: "own" | "group"): void => {
    const id = documentId(service, kind, segment)
    if (id.ok && !found.has(id.value)) found.set(id.value, why)
  }
  for (const rule of service.documents) {
    const [kind = "", segment = ""] = rule.document.split("/")
    if (rule.members !== "groups") add(kind, identity.id, "own")
    else
      for (const group of identity.groups) if (segment.startsWith(":") || group === segment) add(kind, group, "group")
  }
  return found
}

function documentId(service: ServiceDefinition, kind: string, segment: string): Parsed<string> {
  if (segment === "" || segment === "." || segment === ".." || !segment.isWellFormed()) {
    return { ok: false, error: `${JSON.stringify(segment)} cannot name a document` }
  }
  return { ok: true, value: `${service.name}/${kind}/${encodeURIComponent(segment)}` }
}

function fillTemplate(
  service: ServiceDefinition,
  template: string,
  parameters: ReadonlyMap<string, string>,
  userId: string
): Parsed<string> {
  const [kind = "", segment = ""] = template.split("/")
  if (segment === ":user") return documentId(service, kind, userId)
  if (!segment.startsWith(":")) return documentId(service, kind, segment)
  const text = decodeSegment(parameters.get(segment) ?? "")
  return text.ok ? documentId(service, kind, text.value) : text
}

/** The parameters of a path under a pattern, or undefined when it does not match. `/x/*` matches `/x`, too. */
function matchPath(pattern: string, segments: readonly string[]): ReadonlyMap<string, string> | undefined {
  const wanted = pattern.slice(1).split("/")
  const open = wanted.at(-1) === "*"
  const fixed = open ? wanted.slice(0, -1) : wanted
  if (open ? segments.length < fixed.length : segments.length !== fixed.length) return undefined
  const parameters = new Map<string, string>()
  for (const [index, want] of fixed.entries()) {
    const got = segments[index] ?? ""
    if (want.startsWith(":") && got !== "") parameters.set(want, got)
    else if (want !== got) return undefined
  }
  return parameters
}

/** From the left: a literal before a parameter before `*`; then the longer pattern. */
function isMoreSpecific(a: string, b: string): boolean {
  const [left, right] = [a.slice(1).split("/"), b.slice(1).split("/")]
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = segmentWeight(left[index]) - segmentWeight(right[index])
    if (difference !== 0) return difference > 0
  }
  return false
}

function segmentWeight(segment: string | undefined): number {
  if (segment === undefined) return 0
  if (segment === "*") return 1
  return segment.startsWith(":") ? 2 : 3
}

/** What makes a set of rules unusable, one message each. */
function contradictions(mount: string, rules: readonly DocumentRule[]): string[] {
  const seen = new Map<string, number>()
  return rules.flatMap((rule, index) => {
    const shape = rule.path.replace(/:[^/]+/g, ":")
    const earlier = seen.get(shape)
    seen.set(shape, index)
    const segment = rule.document.split("/")[1] ?? ""
    const parameters = rule.path.split("/").filter((part) => part.startsWith(":"))
    return [
      earlier === undefined ? "" : `documents.${index}.path ties with documents.${earlier}.path`,
      rule.path.startsWith(mount) ? "" : `documents.${index}.path must lie under ${mount}`,
      parameters.includes(":user") ? `documents.${index}.path must not take :user from the path` : "",
      segment === ":user" && rule.members ? `documents.${index}.members must be left out for :user` : "",
      segment !== ":user" && !rule.members ? `documents.${index}.members must say who may open ${rule.document}` : "",
      segment.startsWith(":") && segment !== ":user" && !parameters.includes(segment)
        ? `documents.${index}.document names ${segment}, which the path does not have`
        : ""
    ].filter((message) => message !== "")
  })
}

function isPathPattern(path: string): boolean {
  const segments = path.slice(1).split("/")
  const names = segments.filter((segment) => segment.startsWith(":"))
  return (
    segments.every((segment, index) => !segment.includes("*") || (segment === "*" && index === segments.length - 1)) &&
    names.every((name) => PARAMETER.test(name)) &&
    new Set(names).size === names.length
  )
}

function isTemplate(template: string): boolean {
  const [kind = "", segment = "", ...rest] = template.split("/")
  return rest.length === 0 && NAME.test(kind) && (PARAMETER.test(segment) || NAME.test(segment))
}
