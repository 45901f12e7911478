/**
 * Everything that the edge says on the control socket, as one union tagged `type`. JSON text frames.
 * Policies travel in signed envelopes; nothing else here makes a client change which side serves (promise 5).
 */
import * as v from "valibot"
import { EnvelopeSchema } from "./envelope.ts"
import { ReleaseIdSchema, Sha256Schema, TextSchema } from "./names.ts"

export const ControlDownSchema = v.variant("type", [
  /** Answer to hello. */
  v.strictObject({
    type: v.literal("welcome"),
    protocol: v.number(),
    /** After a lost socket: wait `afterMs` plus a random part of `spreadMs` before connecting again (F53). */
    reconnect: v.strictObject({ afterMs: v.number(), spreadMs: v.number() })
  }),
  /** The client policy in force for this client now; the client acknowledges its serial once it has switched. */
  v.strictObject({ type: v.literal("policy"), policy: EnvelopeSchema, certificate: EnvelopeSchema }),
  /** Fetch, verify, try and swap to this release; answered by `updated` with the same instruction id. */
  v.strictObject({
    type: v.literal("update"),
    instruction: v.string(),
    release: ReleaseIdSchema,
    /** SHA-256 of that release's signed manifest, and of nothing else that has its name; null: it is not published now. */
    digest: v.nullable(Sha256Schema)
  }),
  /** The peer's last message was refused; the socket closes after it. */
  v.strictObject({ type: v.literal("refused"), code: v.number(), text: TextSchema })
])
export type ControlDown = v.InferOutput<typeof ControlDownSchema>
