/** Where a request goes by a routing table. Apart from the table's schema: page scripts need this, and nothing that parses. Keeps SPEC rule SWI-1. */
import { mostSpecific } from "../policy/most-specific.ts"
import { isControlPath } from "../protocol/headers.ts"
import type { RouteMode, RoutingTable } from "./routes.ts"

/** Where a request for `path` (normalised) goes: what no route matches and the control plane go to the server (promise 6). */
export const routeFor = (table: Pick<RoutingTable, "routes">, path: string): RouteMode => {
  if (isControlPath(path)) return "server"
  return mostSpecific(table.routes, path)?.mode ?? "server"
}
