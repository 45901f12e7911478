/**
 * Which sync rule a document of a client follows, and what that lets go by itself. A rule names documents as the service's definition
 * does (`user/:user`). Keeps SPEC rules SYN-9 to SYN-11 and MNT-14.
 */
import type { ClientPolicy } from "./client-policy.ts"
import type { SyncRule } from "./rules.ts"

/**
 * The sync rules that a policy puts in force, those of the side that has priority first. During a maintenance there are none: the timing
 * is suspended, and what is written goes at once.
 */
export const syncRulesOf = ({ temporary, rules, server }: ClientPolicy): readonly SyncRule[] => {
  if (temporary !== null) return []
  const [mine, theirs] = [rules.flatMap(syncOf), (server?.rules ?? []).flatMap(syncOf)]
  return server?.priority === "server" ? [...theirs, ...mine] : [...mine, ...theirs]
}

const syncOf = ({ sync }: { readonly sync?: SyncRule }): readonly SyncRule[] => (sync === undefined ? [] : [sync])

/** The first rule that names a document; null without one: it is kept in step, both ways. */
export const syncRuleFor = (rules: readonly SyncRule[], document: string): SyncRule | null =>
  rules.find(({ documents }) => documents.some((pattern) => isNamed(pattern, document))) ?? null

/** @param document `<service>/<kind>/<percent-encoded segment>` */
const isNamed = (pattern: string, document: string): boolean => {
  const [kind, name = ""] = pattern.split("/")
  const [, documentKind, segment] = document.split("/")
  return kind === documentKind && (name.startsWith(":") || name === segment)
}

/** Whether what is written on either side goes over by itself, at once. */
export const isLive = (rule: SyncRule | null): boolean => rule === null || rule.at === "always"

/** Whether others' changes come in by themselves while a connection is up. `copy` withholds the way back. */
export const takesIn = (rule: SyncRule | null): boolean => rule === null || rule.type === "merge"
