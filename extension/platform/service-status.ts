/** What the extension's own pages are told about a service, from the client controller. */
import * as v from "valibot"
import { AsideLotSchema } from "./aside-lot.ts"
import { SideSchema } from "../../shared/protocol/names.ts"

export const ServiceStatusSchema = v.strictObject({
  service: v.string(),
  origin: v.string(),
  mount: v.string(),
  /** Who answers the service's mount now, and one sentence why. */
  side: SideSchema,
  why: v.string(),
  network: v.picklist(["online", "poor", "offline", "unknown"]),
  /** Null when nobody is signed in. */
  person: v.nullable(v.string()),
  /** Changes that are not on the server yet. */
  unsent: v.number(),
  running: v.nullable(v.string()),
  /** What the server would not have and lies here for the person. */
  aside: v.array(AsideLotSchema),
  /** Bytes that may still be stored, when they are getting few; null otherwise. */
  storageLow: v.nullable(v.number())
})
export type ServiceStatus = v.InferOutput<typeof ServiceStatusSchema>

export const ServiceStatusesSchema = v.array(ServiceStatusSchema)
