/**
 * What a reading was over time, for averages over a window. A reading holds until the next one; stretches in which it was
 * unknown do not count. Keeps SPEC rules ENV-1, ENV-6.
 */

/** A reading that began to hold at `at` (ms); null while it was unknown. */
export interface Sample {
  readonly at: number
  readonly value: number | null
}

/** Oldest first; times never fall. */
export type History = readonly Sample[]

/** Most samples of a history: closer ones are merged into the one before. */
export const MAX_SAMPLES = 240
/** So much of a window must be known for its average to be known. */
const LEAST_KNOWN_SHARE = 0.5

/** The history with one more reading, without what `keepMs` does not need any more. */
export const remember = (history: History, { at, value }: Sample, keepMs: number): History => {
  const last = history.at(-1)
  if (last !== undefined && at < last.at) return history // a clock that was set back: what is known stays
  const spacing = keepMs / MAX_SAMPLES
  const before = history.at(-2)
  const isClose = last !== undefined && before !== undefined && at - before.at < spacing
  const kept = last?.at === at || isClose ? history.slice(0, -1) : history
  const from = kept.findLastIndex((sample) => sample.at <= at - keepMs)
  return [...kept.slice(Math.max(0, from)), { at, value }]
}

/** The average of the last `overMs`, weighted by time; null unless at least half of the window is known. */
export const averageOver = (history: History, overMs: number, now: number): number | null => {
  const start = now - overMs
  let [known, sum] = [0, 0]
  history.forEach(({ at, value }, index) => {
    const until = Math.min(now, history[index + 1]?.at ?? now)
    const ms = until - Math.max(start, at)
    if (ms <= 0 || value === null) return
    known += ms
    sum += ms * value
  })
  return known > 0 && known >= overMs * LEAST_KNOWN_SHARE ? sum / known : null
}
