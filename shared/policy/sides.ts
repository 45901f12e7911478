/** The sides that a client policy wants at this moment, for every pattern that it or the server's verdict names (POL-14). */
import type { Sides } from "../switchover/routes.ts"
import type { ClientPolicy } from "./client-policy.ts"
import { wantedSide, type ClientState } from "./decide.ts"
import { samplePath } from "./pattern.ts"

export const wantedSides = (policy: ClientPolicy, client: ClientState): Sides => {
  const patterns = new Set([...policy.rules, ...(policy.server?.rules ?? [])].map(({ match }) => match))
  return [...patterns].map((match) => ({ match, side: wantedSide(policy, samplePath(match), client).serve }))
}
