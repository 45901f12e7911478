/**
 * Which document a request of the service is about and what this person's identity gives him there. Keeps SPEC rules EDG-4 (nobody
 * opens another's document), EDG-7 (a write that another site's page sends is refused), EDG-11 (who was invited is let through).
 */
import { hasMembers, standingIn, strangerText } from "../../shared/app/membership.ts"
import type { Role } from "../../shared/protocol/roles.ts"
import { resolveDocument, type ServiceDefinition } from "../../shared/app/service.ts"
import type { Identity } from "../../shared/protocol/session.ts"

/** `standing`: his role by identity alone, null when only a membership lets him in; the document's object decides. */
export type Found =
  | { readonly ok: true; readonly document: string; readonly standing: Role | null }
  | { readonly ok: false; readonly status: 403 | 404; readonly error: string }

/** Whether the index of memberships knows somebody in a document. */
export type IsKnown = (subject: string, document: string) => Promise<boolean>

/** The document of a path for somebody. */
export const findDocument = async (
  definition: ServiceDefinition,
  path: string,
  identity: Identity,
  isKnown: IsKnown
): Promise<Found> => {
  const document = resolveDocument(definition, path, identity.subject)
  if (!document.ok) return { ok: false, status: 404, error: document.error }
  return openDocument(definition, document.value, identity, isKnown)
}

/** The same document, when this person may be let to it. */
export const openDocument = async (
  definition: ServiceDefinition,
  document: string,
  identity: Identity,
  isKnown: IsKnown
): Promise<Found> => {
  const standing = standingIn(definition, document, { id: identity.subject, groups: identity.groups })
  const mayCome = standing !== null || (hasMembers(definition, document) && (await isKnown(identity.subject, document)))
  return mayCome ? { ok: true, document, standing } : { ok: false, status: 403, error: strangerText(document) }
}

/**
 * Whether a page of another origin sent this write, by what browsers say of it and pages cannot forge: an opaque origin (`null`)
 * counts as another one unless the browser says that the request is same-origin. A program that is no browser says neither.
 */
export const isForeignWrite = (request: Request): boolean => {
  if (request.method === "GET" || request.method === "HEAD") return false
  const origin = request.headers.get("Origin")
  if (origin === new URL(request.url).origin) return false
  const site = request.headers.get("Sec-Fetch-Site")
  return site === null ? origin !== null : site !== "same-origin" && site !== "none"
}
