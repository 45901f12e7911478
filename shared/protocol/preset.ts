/** `build/preset.json`: the services that an extension build knows from the start, with the keys that it pins. */
import * as v from "valibot"
import { PublisherKeysSchema, ThresholdSchema } from "../release/publisher.ts"
import { OriginSchema, ServiceNameSchema } from "./names.ts"

/** A service that a browser knows, and whose keys it believes. */
export const ServicePinSchema = v.strictObject({
  service: ServiceNameSchema,
  origin: OriginSchema,
  mount: v.pipe(v.string(), v.regex(/^\/(?:[^/]+\/)*$/, "must start and end with /")),
  publisherKeys: PublisherKeysSchema,
  /** How many of these have to sign; one where it is left out. */
  threshold: v.exactOptional(ThresholdSchema),
  /** How many changes of keys led to these; none where it is left out. */
  rootVersion: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0)))
})

export const PresetSchema = v.strictObject({
  format: v.literal(1),
  /** Keep a log of every answer, for the story's proof; false in every build. */
  trace: v.boolean(),
  services: v.array(ServicePinSchema)
})
export type Preset = v.InferOutput<typeof PresetSchema>
