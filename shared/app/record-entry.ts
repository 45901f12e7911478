/**
 * One entry of a record: a single write of a single field, kept for good under `<record>/<field>/<writeId>`.
 * Keeps APP-40 (an entry is never changed and never removed) and APP-41 (what does not read as an entry is left alone).
 */

/** What a field may hold. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue | undefined }

/** One write of one field. */
export interface Entry {
  readonly record: string
  readonly field: string
  readonly writeId: string
  readonly value: JsonValue
  /** Write ids of the entries of this field that the writer saw as current; a deletion's: of all fields. */
  readonly supersedes: readonly string[]
  /** The writer's user id, as the app was told. */
  readonly by: string
  /** When the request was first received, milliseconds since 1970. */
  readonly at: number
}

/** Who writes, when, and where fresh ids come from: an AppContext is one. */
export interface Writer {
  readonly user: { readonly id: string }
  readonly now: Date
  newId(): string
}

/** Field of the entries that delete (value true) and restore (value false) a record. */
export const DELETED_FIELD = "$deleted"
/** Field of the entries that give an item its place in an ordered list. */
export const POSITION_FIELD = "$position"

/** Fields of the blocks' own, which are no part of what an app reads and writes. */
const OWN_FIELDS: ReadonlySet<string> = new Set([DELETED_FIELD, POSITION_FIELD])

const RECORD_ID = /^[A-Za-z0-9_-]{1,100}$/
const FIELD_NAME = /^[A-Za-z][A-Za-z0-9]{0,63}$/

/** Whether a text, such as a part of a URL, can be the id of a record. */
export const isRecordId = (text: string): boolean => RECORD_ID.test(text)

/** Whether a field is the blocks' own: a deletion, a place. */
export const isOwnField = (field: string): boolean => OWN_FIELDS.has(field)

/** Where an entry is kept. Throws on an id or a field name that cannot be part of a key: the app made it up. */
export function entryKey(record: string, field: string, writeId: string): string {
  if (!isRecordId(record)) throw new TypeError(`${JSON.stringify(record)} cannot be the id of a record`)
  if (!isOwnField(field) && !FIELD_NAME.test(field)) {
    throw new TypeError(`${JSON.stringify(field)} cannot be the name of a field`)
  }
  return `${record}/${field}/${writeId}`
}

/** Reads an entry as it lies in the document, whoever wrote it; undefined when it is none. */
export function readEntry(key: string, stored: unknown): Entry | undefined {
  const [record, field, writeId, ...rest] = key.split("/")
  if (!record || !field || !writeId || rest.length > 0 || !isStoredEntry(stored)) return undefined
  const { value, supersedes, by, at } = stored
  return { record, field, writeId, value, supersedes, by, at }
}

type StoredEntry = Pick<Entry, "value" | "supersedes" | "by" | "at">

function isStoredEntry(stored: unknown): stored is StoredEntry {
  if (typeof stored !== "object" || stored === null) return false
  const { value, supersedes, by, at } = stored as Record<string, unknown>
  return (
    value !== undefined &&
    Array.isArray(supersedes) &&
    supersedes.every((id) => typeof id === "string") &&
    typeof by === "string" &&
    typeof at === "number"
  )
}
