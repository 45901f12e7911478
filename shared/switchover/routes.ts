/**
 * The routing table: for each rule of a service's policy, where a request goes at this moment. Compiled by the client
 * controller, pushed to every page script, and compiled again into declarativeNetRequest rules. Keeps SPEC rules SWI-1, SWI-2.
 */
import * as v from "valibot"
import { mostSpecific } from "../policy/most-specific.ts"
import { PatternSchema } from "../policy/pattern.ts"
import { OriginSchema, SerialSchema, ServiceNameSchema, SideSchema, type Side } from "../protocol/names.ts"

/** `hold`: a switch is under way, a request waits until it is decided. */
export const RouteModeSchema = v.picklist(["server", "hold", "client"])
export type RouteMode = v.InferOutput<typeof RouteModeSchema>

/** Which side each rule's pattern is served by; what a switchover starts from and leads to. */
export const SidesSchema = v.array(v.strictObject({ match: PatternSchema, side: SideSchema }))
export type Sides = v.InferOutput<typeof SidesSchema>

export const RoutingTableSchema = v.strictObject({
  service: ServiceNameSchema,
  origin: OriginSchema,
  mount: v.string(),
  /** Policy that this table comes from. */
  serial: SerialSchema,
  /** Rises with every table that this client makes; a frame answers with the highest that it has taken. */
  epoch: SerialSchema,
  routes: v.array(v.strictObject({ match: PatternSchema, mode: RouteModeSchema }))
})
export type RoutingTable = v.InferOutput<typeof RoutingTableSchema>

/**
 * The modes while a switch leads from `from` to `to`: what does not change its side is not held (SWI-2). Both may have patterns that the
 * other has not (a temporary policy names some URLs of a standing one): each pattern of either counts with the side that it has there.
 */
export const heldRoutes = (from: Sides, to: Sides): RoutingTable["routes"] =>
  patternsOf(from, to).map((match) => {
    const side = sideOf(to, match)
    return { match, mode: sideOf(from, match) === side ? side : "hold" }
  })

const patternsOf = (a: Sides, b: Sides): readonly string[] => [...new Set([...a, ...b].map(({ match }) => match))]

/** The modes when nothing is under way. */
export const settledRoutes = (sides: Sides): RoutingTable["routes"] =>
  sides.map(({ match, side }) => ({ match, mode: side }))

/** The side that serves what a pattern stands for: its own entry, else that of the most specific one around it, else the server. */
export const sideOf = (sides: Sides, match: string): Side =>
  mostSpecific(sides, match.endsWith("/*") ? match.slice(0, -1) : match)?.side ?? "server"

/** True when both say the same for every pattern of either. */
export const sameSides = (a: Sides, b: Sides): boolean =>
  patternsOf(a, b).every((match) => sideOf(a, match) === sideOf(b, match))

/** True when some pattern is served by the client. */
export const anyClient = (sides: Sides): boolean => sides.some(({ side }) => side === "client")

/** True when both sides serve a part of what lies under `mount`. */
export const isDivided = (sides: Sides, mount: string): boolean =>
  anyClient(sides) && (sides.some(({ side }) => side === "server") || sideOf(sides, `${mount}*`) === "server")

/** True when something that the client serves under `from` is the server's under `to`. */
export const leavesClient = (from: Sides, to: Sides): boolean =>
  patternsOf(from, to).some((match) => sideOf(from, match) === "client" && sideOf(to, match) === "server")
