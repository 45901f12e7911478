/** Random choices from a seed. */
import * as prng from "lib0/prng"

export interface Chance {
  /** A whole number from `low` to `high`, both included. */
  readonly between: (low: number, high: number) => number
  readonly pick: <T>(items: readonly T[]) => T
  /** A UUIDv7 of random bits. */
  readonly key: () => string
}

export const chanceOf = (seed: number): Chance => {
  const generator = prng.create(seed)
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => prng.int31(generator, 0, 15).toString(16)).join("")
  return {
    between: (low, high) => prng.int31(generator, low, high),
    pick: (items) => prng.oneOf(generator, [...items]),
    key: () => `01934567-89ab-7${hex(3)}-8${hex(3)}-${hex(12)}`
  }
}
