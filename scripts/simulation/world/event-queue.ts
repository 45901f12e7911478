/** What is still to happen, by time, and in the order of its making at the same time: a binary heap. */
import type { Process } from "./process.ts"

export interface Event {
  readonly at: number
  readonly order: number
  readonly process: Process
  readonly work: () => void
  isOff: boolean
}

const isBefore = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

export class EventQueue {
  readonly #heap: Event[] = []
  #made = 0

  /** Adds one; the result takes it off again. */
  add(at: number, process: Process, work: () => void): () => void {
    const event: Event = { at, order: this.#made++, process, work, isOff: false }
    process.pending++
    this.#heap.push(event)
    this.#rise(this.#heap.length - 1)
    return () => {
      if (!event.isOff) process.pending--
      event.isOff = true
    }
  }

  /** Takes out the next one that is due up to a time. */
  nextUntil(end: number): Event | undefined {
    for (;;) {
      const [first] = this.#heap
      if (first === undefined || first.at > end) return undefined
      const last = this.#heap.pop()
      if (last !== undefined && last !== first) {
        this.#heap[0] = last
        this.#sink()
      }
      if (first.isOff) continue
      first.isOff = true
      first.process.pending--
      if (first.process.isAlive) return first
    }
  }

  #rise(start: number): void {
    for (let at = start; at > 0;) {
      const above = (at - 1) >> 1
      if (!this.#swapIfBefore(at, above)) return
      at = above
    }
  }

  #sink(): void {
    for (let at = 0; ;) {
      const [left, right] = [this.#heap[2 * at + 1], this.#heap[2 * at + 2]]
      if (left === undefined) return
      const child = right !== undefined && isBefore(right, left) ? 2 * at + 2 : 2 * at + 1
      if (!this.#swapIfBefore(child, at)) return
      at = child
    }
  }

  #swapIfBefore(below: number, above: number): boolean {
    const [child, parent] = [this.#heap[below], this.#heap[above]]
    if (child === undefined || parent === undefined || !isBefore(child, parent)) return false
    this.#heap[below] = parent
    this.#heap[above] = child
    return true
  }
}
