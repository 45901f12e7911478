/** The server policy (patent's fig. 6): what the edge does with a service's requests. Held by the service controller. */
import * as v from "valibot"
import { SerialSchema, ServiceNameSchema, SideSchema } from "../protocol/names.ts"
import { ServerRulesSchema } from "./rules.ts"

export const ServerPolicySchema = v.strictObject({
  format: v.literal(1),
  side: v.literal("server"),
  service: ServiceNameSchema,
  serial: SerialSchema,
  /** Which policy wins when the two conflict. */
  priority: SideSchema,
  rules: ServerRulesSchema
})
export type ServerPolicy = v.InferOutput<typeof ServerPolicySchema>
