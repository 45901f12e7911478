/**
 * What came into a replica from elsewhere and is strictly stored nowhere: the next journal entry may depend on it, so it goes with
 * it; a checkpoint stores it by itself. Costs what came, whatever the document holds. Keeps SPEC rule CLI-2.
 */
import * as Y from "yjs"

/** All that was unstored at one moment, and what to call once it is strictly stored. */
export interface TakenChanges {
  readonly update: Uint8Array
  readonly stored: () => void
}

export class UnstoredChanges {
  #updates: Uint8Array[] = []
  /** How many came before the first of `#updates`. */
  #gone = 0
  #bytes = 0

  /** Length of all that is unstored. */
  get bytes(): number {
    return this.#bytes
  }

  add(update: Uint8Array): void {
    this.#updates.push(update)
    this.#bytes += update.length
  }

  /** Everything as one V1 update; null when there is nothing. It stays unstored until it is said to be stored. */
  take(): TakenChanges | null {
    const [only] = this.#updates
    if (only === undefined) return null
    const update = this.#updates.length === 1 ? only : Y.mergeUpdates(this.#updates)
    const end = this.#gone + this.#updates.length
    return { update, stored: () => this.#drop(end) }
  }

  /** Lets go of the first `end` that ever came; others that were taken meanwhile may have gone before. */
  #drop(end: number): void {
    const count = Math.max(0, end - this.#gone)
    for (const { length } of this.#updates.splice(0, count)) this.#bytes -= length
    this.#gone += count
  }
}
