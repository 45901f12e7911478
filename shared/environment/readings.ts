/**
 * Readings of one side's environment (patent's 110 and 210). A reading can be unknown; unknown stays unknown (ENV-1).
 */
import * as v from "valibot"

const shareSchema = v.pipe(v.number(), v.minValue(0), v.maxValue(1))

export const EnvironmentSchema = v.strictObject({
  /** Can the service be reached, as the control socket and a probe tell; not navigator.onLine alone. */
  network: v.picklist(["online", "poor", "offline", "unknown"]),
  /** Charge between 0 and 1, and whether it is charging. */
  battery: v.nullable(v.strictObject({ level: shareSchema, charging: v.boolean() })),
  /** Bytes that this origin may still store. */
  storageLeft: v.nullable(v.pipe(v.number(), v.minValue(0))),
  /** How much of this side's capacity is in use, between 0 and 1. */
  load: v.nullable(shareSchema)
})
export type Environment = v.InferOutput<typeof EnvironmentSchema>

/** What is known before anything was measured. */
export const UNKNOWN_ENVIRONMENT: Environment = { network: "unknown", battery: null, storageLeft: null, load: null }

/** With less room than this people are told, before it is too little to stand in. */
const STORAGE_LOW_BYTES = 64 * 1024 * 1024

/** Whether storage is known to be getting full. */
export const isStorageLow = ({ storageLeft }: Pick<Environment, "storageLeft">): boolean =>
  storageLeft !== null && storageLeft < STORAGE_LOW_BYTES
