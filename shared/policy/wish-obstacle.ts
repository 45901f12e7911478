/** Whether somebody at this browser may have a side serve by hand now; otherwise why not, in words for him. Pure. Keeps SPEC rules POL-17, POL-18. */
import type { Side } from "../protocol/names.ts"
import { allowsWish } from "./allows-wish.ts"
import type { ClientPolicy } from "./client-policy.ts"
import { decide, type ClientState } from "./decide.ts"
import { samplePath } from "./pattern.ts"
import { plainReason } from "./plain-reason.ts"

/** Null when the wish would move something; otherwise one sentence. */
export const wishObstacle = (policy: ClientPolicy | null, side: Side, client: ClientState): string | null => {
  if (policy === null) return "The service has not told this browser yet what it may do."
  if (policy.temporary !== null) return "The service is being maintained, and until that is over it decides itself."
  const rules = policy.rules.filter((rule) => allowsWish(policy, rule, side))
  if (rules.length === 0)
    return side === "client"
      ? "The service does not let this browser answer."
      : "The service wants this browser to answer."
  if (side === "server" && client.environment.network === "offline") return "The server cannot be reached."
  const decided = rules.map(({ match }) => decide(policy, samplePath(match), { ...client, wish: side }))
  const [first] = decided
  if (first === undefined || decided.some(({ serve }) => serve === side)) return null
  return plainReason(policy, first)
}
