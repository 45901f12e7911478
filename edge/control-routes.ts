/**
 * The sockets: sync of a document, control of a client. Both are opened with a ticket, since a socket from an extension carries
 * no cookies and one from another site's page would. Keeps SPEC rules IDN-3 and IDN-6 (F66).
 */
import { Hono } from "hono"
import { SUBJECT_HEADER } from "./control-shard.ts"
import { CLOSE } from "./document/sync-session.ts"
import { tokensOf } from "./identity-wiring.ts"
import { isKnownIn } from "./member-routes.ts"
import type { Ticket } from "./identity/tokens.ts"
import { refusedSocket } from "./platform/durable-object.ts"
import { shardFor, type Env } from "./platform/objects.ts"
import { serviceNamed } from "./platform/published.ts"
import { now } from "./platform/runtime.ts"
import { openDocument } from "./router/find-document.ts"
import { textAnswer } from "./router/plain-answers.ts"
import { strangerText } from "../shared/app/membership.ts"
import { toDocument } from "./router/to-document.ts"

const SYNC_PREFIX = "/_locum/sync/"

const isSocket = (request: Request): boolean => request.headers.get("Upgrade")?.toLowerCase() === "websocket"

/** The ticket of a socket's URL, or the closed socket that says why not. */
const ticketOf = async (request: Request, env: Env): Promise<Ticket | Response> => {
  const ticket = await tokensOf(env).readTicket(new URL(request.url).searchParams.get("ticket") ?? "", now())
  return ticket.ok ? ticket.value : refusedSocket(CLOSE.noTicket, ticket.error)
}

export const controlRoutes = new Hono<{ Bindings: Env }>()
  .get("/sync/*", async ({ env, req }) => {
    if (!isSocket(req.raw)) return textAnswer(426, "This is a WebSocket.", { Upgrade: "websocket" })
    const ticket = await ticketOf(req.raw, env)
    if (ticket instanceof Response) return ticket
    const url = new URL(req.url)
    const document = url.pathname.slice(SYNC_PREFIX.length)
    const service = serviceNamed(document.split("/")[0] ?? "")
    const { identity, role } = ticket
    if (ticket.document !== undefined && ticket.document !== document)
      return refusedSocket(CLOSE.forbidden, `this ticket is for ${ticket.document}`)
    if (service === undefined) return refusedSocket(CLOSE.forbidden, strangerText(document))
    const found = await openDocument(service.definition, document, identity, isKnownIn(env))
    if (!found.ok) return refusedSocket(CLOSE.forbidden, found.error)
    const { standing } = found
    const locum = url.searchParams.get("locum") === "1"
    return toDocument(
      req.raw,
      { kind: "sync", service: service.name, document, user: identity.subject, standing, role, locum },
      env
    )
  })
  /** `?client=` says which shard, so that a client comes back to the one it was at. */
  .get("/control", async ({ env, req }) => {
    if (!isSocket(req.raw)) return textAnswer(426, "This is a WebSocket.", { Upgrade: "websocket" })
    const ticket = await ticketOf(req.raw, env)
    if (ticket instanceof Response) return ticket
    const headers = new Headers(req.raw.headers)
    headers.set(SUBJECT_HEADER, encodeURIComponent(ticket.identity.subject))
    const name = req.query("client") ?? req.query("ticket") ?? ""
    return shardFor(env, name).fetch(new Request(req.raw, { headers }))
  })
