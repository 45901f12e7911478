/**
 * Everything that a client says on the control socket (`/_locum/control?ticket=…`), as one union tagged `type`.
 * JSON text frames. Keeps SPEC rules PRO-1, PRO-3.
 */
import * as v from "valibot"
import { EnvironmentSchema } from "../environment/readings.ts"
import {
  ClientIdSchema,
  ReleaseIdSchema,
  SerialSchema,
  ServiceNameSchema,
  Sha256Schema,
  SideSchema,
  TextSchema,
  TimeMsSchema
} from "./names.ts"

/** Why a client did not do what it was told; `text` is for the operator. */
export const RefusalSchema = v.strictObject({
  kind: v.picklist([
    "battery",
    "network",
    "storage",
    "release-missing",
    "release-failed",
    "schema",
    "session",
    "sync-failed",
    "timeout",
    "policy-invalid",
    "routes",
    "not-implemented"
  ]),
  text: TextSchema
})
export type Refusal = v.InferOutput<typeof RefusalSchema>

/** Most counts of a `served`: an hour's; what is older is not told. */
export const MAX_SERVED_COUNTS = 360

/** Whose health is told: the release by the SHA-256 of its signed manifest, and the start that it was found in (F71). */
export const ReleaseHealthSchema = v.strictObject({
  digest: Sha256Schema,
  nonce: v.pipe(v.string(), v.maxLength(64))
})
export type ReleaseHealth = v.InferOutput<typeof ReleaseHealthSchema>

const durationMs = v.pipe(v.number(), v.minValue(0))

export const ControlUpSchema = v.variant("type", [
  /** First message on every connection; says what the client holds, so that the controller can bring it up to date. */
  v.strictObject({
    type: v.literal("hello"),
    protocol: v.number(),
    client: ClientIdSchema,
    service: ServiceNameSchema,
    /** Serial of the policy in force here, 0 without one. */
    serial: SerialSchema,
    /** Serial of the policy whose switchover this client has completed, 0 without one. */
    settled: SerialSchema,
    running: v.nullable(ReleaseIdSchema),
    /** Changes that are not on the server yet. */
    unsent: v.pipe(v.number(), v.integer(), v.minValue(0)),
    environment: EnvironmentSchema
  }),
  /** The policy `serial` is in force here: caught up, checkpointed, every frame flipped. */
  v.strictObject({
    type: v.literal("acknowledge"),
    serial: SerialSchema,
    /** Which side now answers the service's first rule; for the operator's view. */
    side: SideSchema,
    /** From the policy's arrival to the flip, and the longest time that a request was held. */
    tookMs: durationMs,
    longestHoldMs: durationMs,
    held: v.pipe(v.number(), v.integer(), v.minValue(0)),
    unsent: v.pipe(v.number(), v.integer(), v.minValue(0))
  }),
  /** The policy or update `serial` is not carried out, and why; everything stays as it was. */
  v.strictObject({ type: v.literal("refuse"), serial: SerialSchema, refusal: RefusalSchema }),
  v.strictObject({ type: v.literal("environment"), environment: EnvironmentSchema }),
  /** Outcome of an update instruction: `running` is what runs now. */
  v.strictObject({
    type: v.literal("updated"),
    instruction: v.string(),
    running: v.nullable(ReleaseIdSchema),
    /** Left out when nothing runs; an `ok` without it, or of another release, is not believed. */
    health: v.exactOptional(ReleaseHealthSchema),
    ok: v.boolean(),
    refusal: v.exactOptional(RefusalSchema),
    at: TimeMsSchema
  }),
  /** How many requests were answered here since this was last told, by when: `at` is the beginning of ten seconds. */
  v.strictObject({
    type: v.literal("served"),
    counts: v.pipe(
      v.array(v.strictObject({ at: TimeMsSchema, requests: v.pipe(v.number(), v.integer(), v.minValue(1)) })),
      v.minLength(1),
      v.maxLength(MAX_SERVED_COUNTS)
    )
  }),
  /** Something the operator should see: a policy that was refused with a reason, an uncovered request, a contained crash. */
  v.strictObject({ type: v.literal("report"), kind: TextSchema, text: TextSchema, at: TimeMsSchema })
])
export type ControlUp = v.InferOutput<typeof ControlUpSchema>
