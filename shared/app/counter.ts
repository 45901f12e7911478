/**
 * A number that several people add to at once. Keeps APP-46: it is a map of write id -> delta, so increments that did
 * not know of each other add up, and one that is repeated counts once.
 */
import type * as Y from "yjs"
import type { Writer } from "./record-entry.ts"

/**
 * The counter of that name. `name` is a name from the app's code, never from a request.
 *
 *     const visits = counter(context.doc, "visits")
 *     visits.add(1, context)
 *     visits.value()
 */
export const counter = (doc: Y.Doc, name: string): Counter => new Counter(doc.getMap(`counter:${name}`))

export class Counter {
  readonly #map: Y.Map<unknown>

  constructor(map: Y.Map<unknown>) {
    this.#map = map
  }

  /** Adds a whole number, which may be negative. */
  add(delta: number, writer: Writer): void {
    if (!Number.isSafeInteger(delta)) throw new TypeError(`a counter takes whole numbers, not ${delta}`)
    const writeId = writer.newId()
    if (!this.#map.has(writeId)) this.#map.set(writeId, delta)
  }

  /** The sum; what is no whole number does not count. */
  value(): number {
    let sum = 0
    for (const delta of this.#map.values()) if (Number.isSafeInteger(delta)) sum += Number(delta)
    return sum
  }
}
