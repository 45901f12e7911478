/**
 * The order of a list that many people change at once. Keeps APP-49. Each place is a node of a tree and never changes: it lies right
 * before or right after another place, its parent. The order is that of walking the tree: what lies before a node, the node,
 * what lies after it; siblings by their ids. This is Fugue (Weidner, Kleppmann: "The Art of the Fugue: Minimizing Interleaving
 * in Collaborative Text Editing", 2023): what each person puts in one after the other, forwards or backwards, stays
 * together. Fractional indices (LSEQ, Logoot, jittered or not) mix such runs item by item, and two equal ones have no room between.
 *
 *        ""                  [a] was put in first, [b] after it; then c between them, and d right before c
 *         └ after: a           order: a d c b
 *             └ after: b
 *                 └ before: c
 *                     └ before: d
 */

/** Where a place lies. `parent` is another place, or START. */
export interface Place {
  readonly parent: string
  readonly side: "before" | "after"
}

/** The parent of what lies in no place yet: the beginning of the list. */
export const START = ""

interface Children {
  readonly before: string[]
  readonly after: string[]
}

export class ListOrder {
  readonly #children = new Map<string, Children>()
  readonly #order: string[] = []
  readonly #index = new Map<string, number>()

  /** The order of these places, by their ids. What hangs on a place that is not here (yet) comes last. */
  constructor(places: ReadonlyMap<string, Place>) {
    const ids = [...places.keys()].toSorted()
    for (const id of ids) {
      const place = places.get(id)
      if (place) this.#of(place.parent)[place.side].push(id)
    }
    this.#walk(START)
    const adrift = ids.filter((id) => !places.has(places.get(id)?.parent ?? START))
    for (const id of [...adrift, ...ids]) if (!this.#index.has(id)) this.#walk(id)
  }

  /** All places in order. */
  places(): readonly string[] {
    return this.#order
  }

  /** A new place right after another one, or at the beginning of the list. */
  after(left: string): Place {
    const hasAfter = this.#of(left).after.some((id) => this.#index.has(id))
    const next = this.#order[left === START ? 0 : (this.#index.get(left) ?? -1) + 1]
    return hasAfter && next !== undefined ? { parent: next, side: "before" } : { parent: left, side: "after" }
  }

  /** A new place right before another one. */
  before(right: string): Place {
    return this.after(this.#order[(this.#index.get(right) ?? 0) - 1] ?? START)
  }

  /** A new place at the end. */
  atEnd(): Place {
    return this.after(this.#order.at(-1) ?? START)
  }

  #of(id: string): Children {
    const known = this.#children.get(id)
    if (known) return known
    const made = { before: [], after: [] }
    this.#children.set(id, made)
    return made
  }

  /** Adds a place and what hangs on it, in order; without recursion, since a list that grows at its end is as deep as it is long. */
  #walk(root: string): void {
    const open = [{ id: root, entered: false }]
    const entered = new Set<string>()
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const { before, after } = this.#of(at.id)
      if (at.entered) {
        this.#emit(at.id)
        open.push(...unentered(after))
      } else if (!entered.has(at.id) && !this.#index.has(at.id)) {
        entered.add(at.id)
        open.push({ id: at.id, entered: true }, ...unentered(before))
      }
    }
  }

  #emit(id: string): void {
    if (id !== START) this.#index.set(id, this.#order.push(id) - 1)
  }
}

/** To be taken from the end of the stack: the first one comes last. */
const unentered = (ids: readonly string[]): { id: string; entered: boolean }[] =>
  ids.map((id) => ({ id, entered: false })).toReversed()
