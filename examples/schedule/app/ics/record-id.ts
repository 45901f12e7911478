/** Ids of records for things that have a name of their own elsewhere: both sides that bring in the same thing write the same record. */
import { digest } from "lib0/hash/sha256"

const HEX_DIGITS = 32

/** The record of a name: the same on every side. */
export function recordIdOf(...names: readonly string[]): string {
  const hash = digest(new TextEncoder().encode(names.join("\n")))
  const hex = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("")
  return `n${hex.slice(0, HEX_DIGITS)}`
}
