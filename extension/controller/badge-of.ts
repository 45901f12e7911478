/** What the toolbar says, from how all services stand. Pure. Keeps SPEC rule CON-22. */
import type { Badge } from "../platform/badge.ts"
import type { ServiceStatus } from "../platform/service-status.ts"

const MOST_SHOWN = 99
/** This browser answers, and all that was changed is on the server. */
const HERE = "●"

export const badgeOf = (statuses: readonly Pick<ServiceStatus, "service" | "side" | "unsent">[]): Badge => {
  const unsent = statuses.reduce((sum, status) => sum + status.unsent, 0)
  const here = statuses.filter(({ side }) => side === "client").map(({ service }) => service)
  const who = here.length === 0 ? "the server answers" : `this browser answers ${here.join(", ")}`
  const waiting = unsent === 0 ? "" : `; ${unsent} ${unsent === 1 ? "change is" : "changes are"} not on the server yet`
  return {
    side: here.length === 0 ? "server" : "client",
    text: unsent === 0 ? (here.length === 0 ? "" : HERE) : unsent > MOST_SHOWN ? `${MOST_SHOWN}+` : String(unsent),
    title: (statuses.length === 0 ? "Locum" : `Locum: ${who}${waiting}`).slice(0, 2000)
  }
}
