/**
 * Members of a document: `/_locum/members/<document>` lists them, `…/<percent-encoded subject>` sets or removes one. For the
 * document's owners, and for admins. Keeps SPEC rules DOC-20, EDG-7, EDG-11.
 */
import { Hono } from "hono"
import { adminAccess, whoSent } from "./identity-wiring.ts"
import { shardFor, type Env, type MembersAsker, type MembersWish } from "./platform/objects.ts"
import { serviceNamed } from "./platform/published.ts"
import { isForeignWrite, openDocument, type IsKnown } from "./router/find-document.ts"
import { jsonAnswer } from "./router/plain-answers.ts"
import { hasMembers } from "../shared/app/membership.ts"
import type { ServiceDefinition } from "../shared/app/service.ts"
import { parseJson } from "../shared/protocol/parse.ts"
import * as v from "valibot"

/** Whether the index of memberships knows somebody in a document. */
export const isKnownIn =
  (env: Env): IsKnown =>
  async (subject, document) => {
    const notes = await shardFor(env, subject).memberships(subject)
    return notes.some((note) => note.document === document && note.word !== "removed")
  }

const problem = (status: number, error: string): Response => jsonAnswer(status, { error })

const RoleInputSchema = v.strictObject({ role: v.string() })

/** Longest subject, as in an identity. */
const MAX_SUBJECT_LENGTH = 200

/** `/_locum/members/<service>/<kind>/<segment>[/<subject>]`, as it was sent: a document's id is percent-encoded. */
const partsOf = (request: Request): { readonly document: string; readonly subject: string | null } => {
  const [, , , service = "", kind = "", segment = "", ...rest] = new URL(request.url).pathname.split("/")
  return { document: `${service}/${kind}/${segment}`, subject: rest.length === 0 ? null : decoded(rest.join("/")) }
}

/** "" for what names nobody. */
const decoded = (segment: string): string => {
  try {
    const subject = decodeURIComponent(segment)
    return segment.includes("/") || subject.length > MAX_SUBJECT_LENGTH ? "" : subject
  } catch {
    return "" // malformed encoding
  }
}

/** Who asks about a document; the refusal when it is nobody who may come near it. */
const askerOf = async (
  request: Request,
  env: Env,
  definition: ServiceDefinition,
  document: string
): Promise<MembersAsker | Response> => {
  const admin = await adminAccess(request, env)
  if ((!admin.ok || admin.by === "cookie") && isForeignWrite(request))
    return problem(403, "Origin: a page of another site sent this")
  if (admin.ok) return { by: "admin", who: admin.who }
  const identity = await whoSent(request, env)
  if (identity === null) return problem(admin.status, admin.error)
  const found = await openDocument(definition, document, identity, isKnownIn(env))
  return found.ok
    ? { by: "person", who: identity.subject, standing: found.standing }
    : problem(found.status, found.error)
}

/** What is asked for, or the refusal. */
const wishOf = async (request: Request, subject: string | null): Promise<MembersWish | Response> => {
  if (subject === "") return problem(400, "subject: must be one percent-encoded segment")
  if (request.method === "GET" && subject === null) return { type: "list" }
  if (request.method === "DELETE" && subject !== null) return { type: "set", subject, word: "removed" }
  if (request.method !== "PUT" || subject === null)
    return problem(405, "GET lists the members; PUT and DELETE name one")
  const input = parseJson(RoleInputSchema, await request.text())
  if (!input.ok) return problem(400, input.error)
  // Who is removed is said by DELETE.
  return input.value.role === "removed"
    ? problem(400, "role: must be owner, editor or reader")
    : { type: "set", subject, word: input.value.role }
}

export const memberRoutes = new Hono<{ Bindings: Env }>().all("/members/*", async ({ env, req }) => {
  const { document, subject } = partsOf(req.raw)
  const service = serviceNamed(document.split("/")[0] ?? "")
  if (service === undefined || !hasMembers(service.definition, document))
    return problem(404, `${document} is no document that has members`)
  const asker = await askerOf(req.raw, env, service.definition, document)
  if (asker instanceof Response) return asker
  const wish = await wishOf(req.raw, subject)
  if (wish instanceof Response) return wish
  const { status, body } = await env.DOCUMENTS.getByName(document).members(service.name, document, wish, asker)
  return new Response(body, { status, headers: { "Content-Type": "application/json", "Cache-Control": "no-store" } })
})
