/**
 * What people see of a record: the shown value of each field, or, when it was deleted, what is left of it. Keeps APP-43 and
 * APP-47 (an edit that a deletion did not know of stays in sight).
 */
import { DELETED_FIELD, isOwnField, type Entry, type JsonValue } from "./record-entry.ts"
import type { RecordField } from "./record-field.ts"

/** A record as it is shown: the shown value of each field. */
export interface ShownRecord {
  readonly id: string
  readonly fields: ReadonlyMap<string, JsonValue>
  /** Fields that have other values beside the shown one, by people who did not see each other's change. */
  readonly conflicts: readonly string[]
}

/** A record that was deleted. */
export interface DeletedRecord {
  readonly id: string
  /** What it would show after a restore. */
  readonly fields: ReadonlyMap<string, JsonValue>
  /** The deletion: by whom and when. */
  readonly deletion: Entry
  /** Changes that no deletion knew of, the latest first: somebody was still working on it. */
  readonly unseen: readonly Entry[]
}

/** The fields of one record by their names. */
export type Fields = ReadonlyMap<string, RecordField>

/** A record that is there: written, and deleted by no current write. */
export function showRecord(id: string, fields: Fields): ShownRecord | undefined {
  if (deletionsOf(fields).length > 0) return undefined
  const conflicts = [...fields].filter(([name, field]) => !isOwnField(name) && field.values().length > 1)
  return { id, fields: shownValues(fields), conflicts: conflicts.map(([name]) => name) }
}

/** A record that is deleted. */
export function showDeleted(id: string, fields: Fields): DeletedRecord | undefined {
  const deletions = deletionsOf(fields)
  const [deletion] = deletions
  if (!deletion) return undefined
  const seen = new Set(deletions.flatMap(({ writeId, supersedes }) => [writeId, ...supersedes]))
  const unseen = [...fields]
    .filter(([name]) => !isOwnField(name))
    .flatMap(([, field]) => field.current().filter(({ writeId }) => !seen.has(writeId)))
    .toSorted((a, b) => b.at - a.at)
  return { id, fields: shownValues(fields), deletion, unseen }
}

/** The current deletions, the latest first. */
const deletionsOf = (fields: Fields): readonly Entry[] =>
  fields
    .get(DELETED_FIELD)
    ?.current()
    .filter(({ value }) => value === true) ?? []

function shownValues(fields: Fields): ReadonlyMap<string, JsonValue> {
  const shown = new Map<string, JsonValue>()
  for (const [name, field] of fields) {
    const [first] = field.current()
    if (first && !isOwnField(name)) shown.set(name, first.value)
  }
  return shown
}
