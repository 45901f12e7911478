/** `build/preset.json`: the services that an extension build knows from the start, with the keys that it pins. */
import * as v from "valibot"
import { PublicKeySchema } from "./envelope.ts"
import { OriginSchema, ServiceNameSchema } from "./names.ts"

export const PresetSchema = v.strictObject({
  format: v.literal(1),
  /** Keep a log of every answer, for the story's proof; false in every build. */
  trace: v.boolean(),
  services: v.array(
    v.strictObject({
      service: ServiceNameSchema,
      origin: OriginSchema,
      mount: v.pipe(v.string(), v.regex(/^\/(?:[^/]+\/)*$/, "must start and end with /")),
      publisherKeys: v.pipe(v.array(PublicKeySchema), v.minLength(1), v.maxLength(8))
    })
  )
})
export type Preset = v.InferOutput<typeof PresetSchema>
