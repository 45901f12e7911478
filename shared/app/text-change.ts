/**
 * What was changed between two texts, as one splice, and how it is made in a text that others changed meanwhile. Keeps APP-53: no
 * splice cuts a character of two UTF-16 units in half, of which Yjs would keep two replacement characters.
 */

/** At `at` of the old text, `removed` units went and `piece` came. */
export interface TextChange {
  readonly at: number
  readonly removed: number
  readonly piece: string
}

/** The smallest single change that makes `next` of `seen`. */
export function changeBetween(seen: string, next: string): TextChange {
  const longest = Math.min(seen.length, next.length)
  let start = 0
  while (start < longest && seen[start] === next[start]) start++
  if (isHigh(seen, start - 1)) start--
  let end = 0
  while (end < longest - start && seen.at(-1 - end) === next.at(-1 - end)) end++
  if (isLow(seen, seen.length - end)) end--
  return { at: start, removed: seen.length - end - start, piece: next.slice(start, next.length - end) }
}

/**
 * A change of a text, made in the same text after `theirs`, as splices from the end on: what they put in stays, what they took out is
 * gone already.
 */
export function changeAfter({ at, removed, piece }: TextChange, theirs: TextChange): readonly TextChange[] {
  const theirEnd = theirs.at + theirs.removed
  const moved = theirs.piece.length - theirs.removed
  const left = Math.min(at + removed, theirs.at) - at
  const rightFrom = Math.max(at, theirEnd)
  const right = at + removed - rightFrom
  const ours = at <= theirs.at ? at : rightFrom + moved
  return [
    { at: rightFrom + moved, removed: Math.max(0, right), piece: "" },
    { at, removed: Math.max(0, left), piece: "" },
    { at: ours, removed: 0, piece }
  ].filter((change) => change.removed > 0 || change.piece !== "")
}

/** The place in a text nearest before `at` that is between two characters. */
export function startOfCharacter(text: string, at: number): number {
  const inside = Math.min(Math.max(at, 0), text.length)
  return isHigh(text, inside - 1) && isLow(text, inside) ? inside - 1 : inside
}

/** The place in a text nearest after `at` that is between two characters. */
export function endOfCharacter(text: string, at: number): number {
  const start = startOfCharacter(text, at)
  return start < Math.min(at, text.length) ? start + 2 : start
}

const isHigh = (text: string, at: number): boolean => /[\uD800-\uDBFF]/.test(text.charAt(at))
const isLow = (text: string, at: number): boolean => /[\uDC00-\uDFFF]/.test(text.charAt(at))
