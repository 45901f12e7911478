/** `GET /_locum/session`: who the cookie or token belongs to, and a short-lived ticket for the sockets (DESIGN 3.4). */
import * as v from "valibot"
import { DocumentRoleSchema } from "./roles.ts"
import { ServiceNameSchema, TimeMsSchema } from "./names.ts"

/** A signed-in person as the edge knows him: `subject` is unique within `issuer`. */
export const IdentitySchema = v.strictObject({
  issuer: v.pipe(v.string(), v.minLength(1), v.maxLength(500)),
  subject: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
  name: v.pipe(v.string(), v.maxLength(200)),
  groups: v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(200))), v.maxLength(100))
})
export type Identity = v.InferOutput<typeof IdentitySchema>

/** Most documents of one service that a session lists. */
export const MAX_SESSION_DOCUMENTS = 200

/** 200 of the session endpoint; without a session it answers 401. `ticket` goes into `?ticket=` of both sockets. */
export const SessionSchema = v.strictObject({
  identity: IdentitySchema,
  /** Documents that this person may open, by service, and his role in each: what a client replicates. */
  services: v.array(
    v.strictObject({
      service: ServiceNameSchema,
      documents: v.pipe(v.array(DocumentRoleSchema), v.maxLength(MAX_SESSION_DOCUMENTS))
    })
  ),
  ticket: v.pipe(v.string(), v.maxLength(8000)),
  /** When the ticket ends, ms. */
  ticketExpires: TimeMsSchema
})
export type Session = v.InferOutput<typeof SessionSchema>
