/**
 * Who may do what in a document: the one rule that both sides keep, the edge by its tables, the client by what the session
 * says. Keeps SPEC rule APP-14.
 */
import type { DocumentRole, MemberWord, Role } from "../protocol/roles.ts"
import { documentsOf, type Identity, type ServiceDefinition } from "./service.ts"

const STANDING = { own: "owner", group: "editor" } as const

/** What an identity alone gives in a document; null: nothing. */
export const standingIn = (service: ServiceDefinition, document: string, identity: Identity): Role | null => {
  const why = documentsOf(service, identity).get(document)
  return why === undefined ? null : STANDING[why]
}

/** The role of somebody, from what his identity gives and the explicit word about him; null: he may not even read. */
export const roleOf = (standing: Role | null, word: MemberWord | null): Role | null =>
  word === null ? standing : word === "removed" ? null : word

export const mayWrite = (role: Role | null): boolean => role === "owner" || role === "editor"

/** Everything that somebody may open in a service, with his role: by his identity, and where a word says so. */
export const documentRoles = (
  service: ServiceDefinition,
  identity: Identity,
  words: ReadonlyMap<string, MemberWord>
): readonly DocumentRole[] => {
  const byIdentity = documentsOf(service, identity)
  const invited = [...words.keys()].filter((document) => hasMembers(service, document))
  return [...new Set([...byIdentity.keys(), ...invited])].flatMap((document) => {
    const why = byIdentity.get(document)
    // A document of one's own has no members, so no word counts there.
    const word = why === "own" ? null : (words.get(document) ?? null)
    const role = roleOf(why === undefined ? null : STANDING[why], word)
    return role === null ? [] : [{ document, role }]
  })
}

/** Whether a document is one that has members; a `:user` document has its user alone. */
export const hasMembers = (service: ServiceDefinition, document: string): boolean => {
  const [name, kind, segment = "", ...rest] = document.split("/")
  if (name !== service.name || rest.length > 0 || segment === "" || segment !== canonical(segment)) return false
  return service.documents.some((rule) => {
    const [ruleKind, ruleSegment = ""] = rule.document.split("/")
    return rule.members === "groups" && ruleKind === kind && (ruleSegment.startsWith(":") || ruleSegment === segment)
  })
}

/** What a reader's write is answered, on both sides, with 403. */
export const readerText = (document: string): string => `You may read ${document}, not change it.`

/** What whoever may not open a document is answered, on both sides, with 403. */
export const strangerText = (document: string): string => `${document} is not yours to open`

/** A segment as a document id spells it; "" for what cannot be one. */
const canonical = (segment: string): string => {
  try {
    const text = decodeURIComponent(segment)
    return text === "." || text === ".." ? "" : encodeURIComponent(text)
  } catch {
    return "" // malformed encoding
  }
}
