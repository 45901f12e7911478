/** The services of this browser and where each comes from, as the extension's own pages are told. Keeps SPEC rules CON-26 to CON-28. */
import * as v from "valibot"
import { ServicePinSchema } from "../../shared/protocol/preset.ts"

export const ListedServiceSchema = v.strictObject({
  pin: ServicePinSchema,
  /** `packed` with the extension, `managed` by an administrator's policy, or `added` by the person. */
  source: v.picklist(["packed", "managed", "added"]),
  /** The browser lets the extension at the service's site. */
  isAllowed: v.boolean()
})
export type ListedService = v.InferOutput<typeof ListedServiceSchema>

export const ListedServicesSchema = v.array(ListedServiceSchema)
