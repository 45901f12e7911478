/**
 * All writes of one field of one record, and which of them is shown. Keeps APP-42:
 *
 *   The current writes are those that no other write of the field supersedes (all of them, should they supersede each
 *   other in a circle). Shown is the current write with the latest time; of equal times the one with the greatest
 *   write id. A record is deleted when any current write of `$deleted` says so.
 *
 * The rule looks at the set of writes alone, so every replica that has the same writes shows the same value.
 */
import type { Entry, JsonValue } from "./record-entry.ts"

export class RecordField {
  readonly #entries = new Map<string, Entry>()
  #current: readonly Entry[] | null = null

  add(entry: Entry): void {
    this.#entries.set(entry.writeId, entry)
    this.#current = null
  }

  delete(writeId: string): void {
    this.#entries.delete(writeId)
    this.#current = null
  }

  get(writeId: string): Entry | undefined {
    return this.#entries.get(writeId)
  }

  has(writeId: string): boolean {
    return this.#entries.has(writeId)
  }

  entries(): Iterable<Entry> {
    return this.#entries.values()
  }

  /** The writes side by side that nothing supersedes, the shown one first. */
  current(): readonly Entry[] {
    this.#current ??= this.#findCurrent()
    return this.#current
  }

  /** The current writes without those that say the same as one before them: what people have to choose from. */
  values(): readonly Entry[] {
    const [shown, ...rivals] = this.current()
    if (!shown || rivals.length === 0) return this.current()
    const told = new Set([textOf(shown.value)])
    return [shown, ...rivals.filter(({ value }) => !told.has(textOf(value)) && told.add(textOf(value)))]
  }

  /** Whether the shown value is this one. */
  shows(value: JsonValue): boolean {
    const [shown] = this.current()
    return shown !== undefined && textOf(shown.value) === textOf(value)
  }

  #findCurrent(): readonly Entry[] {
    const all = [...this.#entries.values()]
    const superseded = new Set(all.flatMap((entry) => entry.supersedes.filter((id) => id !== entry.writeId)))
    const heads = all.filter((entry) => !superseded.has(entry.writeId))
    return (heads.length > 0 ? heads : all).toSorted(byShownFirst)
  }
}

const textOf = (value: JsonValue): string => JSON.stringify(value)

function byShownFirst(a: Entry, b: Entry): number {
  if (a.at !== b.at) return b.at - a.at
  if (a.writeId === b.writeId) return 0
  return a.writeId < b.writeId ? 1 : -1
}
