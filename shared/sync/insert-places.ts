/**
 * How much work the items of one update can make when yjs puts them in their places. Items that were put at one place without
 * knowing of each other are compared with each other, so that time grows with the square of their number: what honest peers never
 * come near is refused. An item that names the one before it at its place as its right neighbour, as text that is typed backwards or a
 * list that grows at its head, compares with those only that do not.
 */

/** Comparisons that one update may need; with as many yjs takes one to two seconds. */
export const MOST_COMPARISONS = 3_000_000

/** A place is a left neighbour; at the start of a type it is the type and key. Places are told apart by a hash: one taken for another adds little. */
export class InsertPlaces {
  /** How many items stand at a place that do not follow on the one before. */
  readonly #loose = new Map<number, number>()
  /** The clock of the item before at a place, of the client that is looked at. */
  #before = new Map<number, number>()
  #comparisons = 0

  /** The items of another client follow. */
  nextClient(): void {
    this.#before = new Map()
  }

  /**
   * Counts one item; throws when it is one too many.
   * @param place hash of the place
   * @param clock of the item
   * @param right clock of the right neighbour when that is of the same client; -1 otherwise
   */
  add(place: number, clock: number, right: number): void {
    const follows = right >= 0 && this.#before.get(place) === right
    const loose = (this.#loose.get(place) ?? 0) + (follows ? 0 : 1)
    if (!follows) this.#loose.set(place, loose)
    this.#before.set(place, clock)
    this.#comparisons += loose
    if (this.#comparisons > MOST_COMPARISONS) throw new TypeError("too many items that were put at one place at once")
  }
}

/** FNV-1a, 32 bits. */
export const hashOf = (bytes: Uint8Array, start: number, end: number): number => {
  let hash = 0x811c9dc5
  for (let index = start; index < end; index++) hash = Math.imul(hash ^ (bytes[index] ?? 0), 0x01000193)
  return hash
}
