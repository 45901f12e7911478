/** A series that goes on otherwise from one of its times: one record more, and nothing else is written. */
import type { AppContext } from "../../../../shared/app/app.ts"
import { eventRecords } from "../event.ts"
import { SHOWN_FIELDS } from "../event-schema.ts"
import { partId, type Part } from "./part.ts"
import type { Edited, Step } from "./undo.ts"

/** Begins a new part at a time; it says what is otherwise from there on. */
export function splitSeries(
  context: AppContext,
  part: Part,
  key: string,
  values: Readonly<Record<string, string>>
): Edited {
  const id = beginPart(context, part, key, values)
  return { id, undo: [{ remove: id }, beganAt(id, key)] }
}

/** Ends a series before a time: the part from there on is deleted. */
export function endSeries(context: AppContext, part: Part, key: string): Edited {
  const id = beginPart(context, part, key, {})
  eventRecords(context).remove(id, context)
  return { id: part.id, undo: [beganAt(id, key)] }
}

/** A part that begins nowhere is none: the one before it goes on. */
const beganAt = (id: string, key: string): Step => ({
  collection: "events",
  id,
  wrote: { since: key },
  before: { since: null }
})

function beginPart(
  context: AppContext,
  { series }: Part,
  key: string,
  values: Readonly<Record<string, string>>
): string {
  const events = eventRecords(context)
  const id = partId(series, key)
  // One that was taken back may have said more.
  const before = events.getDeleted(id)?.fields
  const emptied = SHOWN_FIELDS.filter((field) => typeof before?.get(field) === "string").map((field) => [field, null])
  events.put(id, { of: series, since: key, ...Object.fromEntries(emptied), ...values }, context)
  if (before) events.restore(id, context)
  return id
}
