/**
 * `/.well-known/locum.json`: which services an origin has. The service's definition is signed by its publisher
 * (made at build time); the certificate names the online key that signs policies.
 */
import * as v from "valibot"
import { PublisherKeysSchema, ThresholdSchema } from "../release/publisher.ts"
import { EnvelopeSchema } from "./envelope.ts"
import { ServiceNameSchema } from "./names.ts"

export const WellKnownSchema = v.strictObject({
  format: v.literal(1),
  protocol: v.pipe(v.array(v.number()), v.minLength(1)),
  services: v.pipe(
    v.array(
      v.strictObject({
        service: ServiceNameSchema,
        /** Payload: ServiceDefinition of shared/app/service.ts. */
        definition: EnvelopeSchema,
        certificate: EnvelopeSchema,
        /** The publisher's keys, for a service that a user adds and pins at that moment. A preset brings its own. */
        publisherKeys: PublisherKeysSchema,
        threshold: ThresholdSchema,
        /** Each change of the publisher's keys since the first ones, in their order. Payload: RootSchema. */
        roots: v.pipe(v.array(EnvelopeSchema), v.maxLength(1000)),
        /** What is current, by the online key. Payload: CurrentListSchema. Left out by an edge that has no key: nothing is installed from it. */
        current: v.exactOptional(EnvelopeSchema)
      })
    ),
    v.maxLength(50)
  )
})
export type WellKnown = v.InferOutput<typeof WellKnownSchema>
