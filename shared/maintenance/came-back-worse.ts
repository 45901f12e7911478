/**
 * Whether a server that came back answers worse than before it went: by the share of its requests that fail (a time limit that ran out
 * is a failure, 504) and by their mean time. Keeps SPEC rule MNT-17.
 */

/** Requests that were answered. */
export interface Answered {
  readonly requests: number
  /** Those that were answered with 500 and above. */
  readonly errors: number
  /** Sum of their times, ms. */
  readonly waitedMs: number
}

/** Fewer requests say nothing. */
const LEAST_REQUESTS = 10
/** Failing is worse from this share on, and when it is so many times the share of before. */
const LEAST_ERROR_SHARE = 0.1
const ERROR_FACTOR = 2
/** Slow is worse from this mean time on (ms), and when it is so many times that of before. */
const LEAST_MEAN_MS = 1000
const MEAN_FACTOR = 3

/**
 * What is worse, in a sentence with both figures; null when nothing is, or when too few requests came.
 * @param before what was counted before; null or too few: no request failed, and nothing is known of times
 */
export const cameBackWorse = (before: Answered | null, after: Answered): string | null => {
  if (after.requests < LEAST_REQUESTS) return null
  const known = before !== null && before.requests >= LEAST_REQUESTS ? before : null
  const [share, was] = [errorShare(after), known === null ? 0 : errorShare(known)]
  if (share >= LEAST_ERROR_SHARE && share > was * ERROR_FACTOR)
    return `${percent(share)} of ${after.requests} requests fail; before it went, ${percent(was)} did`
  if (known === null) return null
  const [mean, wasMean] = [meanMs(after), meanMs(known)]
  return mean >= LEAST_MEAN_MS && mean > wasMean * MEAN_FACTOR
    ? `${after.requests} requests take ${Math.round(mean)} ms in the mean; before it went, ${Math.round(wasMean)} ms`
    : null
}

const errorShare = ({ errors, requests }: Answered): number => errors / requests
const meanMs = ({ waitedMs, requests }: Answered): number => waitedMs / requests
const percent = (share: number): string => `${Math.round(share * 100)} %`
