/**
 * What lies aside, as the extension's own pages are told of it, and what its author may do with it. Keeps SPEC rules CLI-33 to CLI-35.
 */
import * as v from "valibot"

/** A replica that was moved aside with the changes that the server would not have. */
export const AsideLotSchema = v.strictObject({
  id: v.number(),
  document: v.string(),
  /** One sentence. */
  reason: v.string(),
  /** When it was moved aside, ms. */
  at: v.number(),
  /** How many changes are in it, and how many of them were done again since. */
  changes: v.number(),
  redone: v.number()
})
export type AsideLot = v.InferOutput<typeof AsideLotSchema>

/** `export`: all of it as JSON; `retry`: its requests are asked again; `discard`: it is gone for good. */
export const AsideActSchema = v.picklist(["export", "retry", "discard"])
export type AsideAct = v.InferOutput<typeof AsideActSchema>

/** What came of it: the JSON of an export, else what to tell the person. */
export const AsideReplySchema = v.variant("ok", [
  v.strictObject({ ok: v.literal(true), text: v.string() }),
  v.strictObject({ ok: v.literal(false), error: v.string() })
])
export type AsideReply = v.InferOutput<typeof AsideReplySchema>
