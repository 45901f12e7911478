/** One local write that the edge has not acknowledged, as it lies in the journal. Keeps SPEC rules CLI-1, CLI-2, CLI-35. */
import * as v from "valibot"

export const BytesSchema = v.custom<Uint8Array>((input) => input instanceof Uint8Array, "must be bytes")

export const KeptAnswerSchema = v.strictObject({
  effectiveKey: v.string(),
  status: v.number(),
  headers: v.array(v.tuple([v.string(), v.string()])),
  body: v.nullable(BytesSchema),
  at: v.number()
})

const KeptRequestSchema = v.strictObject({
  /** The idempotency key, the page's or the platform's. */
  key: v.string(),
  headers: v.array(v.tuple([v.string(), v.string()])),
  body: v.nullable(BytesSchema)
})
/** What of a request is kept besides method and URL, so that its author can have it asked again, or read what he wrote. */
export type KeptRequest = v.InferOutput<typeof KeptRequestSchema>

export const JournalEntrySchema = v.strictObject({
  document: v.string(),
  seq: v.number(),
  /** What the entry depends on that was in no strict checkpoint when it was written. */
  base: v.nullable(BytesSchema),
  update: BytesSchema,
  answer: KeptAnswerSchema,
  method: v.string(),
  url: v.string(),
  request: v.optional(v.nullable(KeptRequestSchema), null)
})
/** One local write that the edge has not acknowledged. */
export type JournalEntry = v.InferOutput<typeof JournalEntrySchema>
