/**
 * What people wrote without seeing each other's change, as pages and the API show it: fields with several values, and events
 * that were deleted while somebody changed them.
 */
import type { AppContext } from "../../../shared/app/app.ts"
import type { Entry } from "../../../shared/app/record-entry.ts"
import { isShownField } from "./event-schema.ts"
import { eventRecords, fromFields, type CalendarEvent } from "./event.ts"
import { nameOf } from "./people.ts"

/** One value of a field: what was written, by whom and when. */
export interface Value {
  /** The write that it comes from: how it is chosen. */
  readonly write: string
  readonly value: string
  readonly by: string
  readonly name: string
  /** ISO 8601. */
  readonly at: string
}

/** A field with several values, the shown one first. */
export interface Conflict {
  readonly field: string
  readonly values: readonly Value[]
}

/** An event that was deleted while somebody changed it. */
export interface EditedAndDeleted {
  /** As it would be after a restore. */
  readonly event: CalendarEvent
  readonly deleted: Omit<Value, "write" | "value">
  /** The changes that the deletion did not know of, the latest first. */
  readonly changes: readonly (Value & { readonly field: string })[]
}

/** The fields of an event that have several values. */
export function conflictsOf(context: AppContext, event: CalendarEvent): readonly Conflict[] {
  const events = eventRecords(context)
  return event.conflicts.map((field) => ({
    field,
    values: events.values(event.id, field).map((entry) => valueOf(context, entry))
  }))
}

/** The events that were deleted while somebody changed them, the latest deletion first. */
export function editedAndDeleted(context: AppContext): readonly EditedAndDeleted[] {
  const found = eventRecords(context)
    .listEditedAndDeleted()
    .map(({ id, fields, deletion, unseen }) => {
      const { by, name, at } = valueOf(context, deletion)
      const changes = unseen
        .filter(({ field }) => isShownField(field))
        .map((entry) => ({ field: entry.field, ...valueOf(context, entry) }))
      return { event: fromFields(id, fields, []), deleted: { by, name, at }, changes }
    })
  return found
    .filter(({ changes }) => changes.length > 0)
    .toSorted((a, b) => (a.deleted.at < b.deleted.at ? 1 : -Number(a.deleted.at > b.deleted.at)))
}

function valueOf(context: AppContext, { writeId, value, by, at }: Entry): Value {
  const text = typeof value === "string" ? value : JSON.stringify(value)
  return { write: writeId, value: text, by, name: nameOf(context, by), at: timeOf(at) }
}

/** A time as somebody wrote it, who may have written anything. */
const timeOf = (at: number): string => new Date(Math.min(Math.max(at, 0), MAX_TIME_MS) || 0).toISOString()
const MAX_TIME_MS = Date.UTC(9999, 11, 31)
