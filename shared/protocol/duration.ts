/** Durations as an operator writes them: `500ms`, `30s`, `10m`, `2h`, `1d`. */
import * as v from "valibot"

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const PATTERN = /^(\d{1,9})(ms|s|m|h|d)$/

/** A duration as text in ms; 0 for what {@link DurationTextSchema} would refuse. */
export const durationMs = (text: string): number => {
  const [, count = "0", unit = "ms"] = PATTERN.exec(text) ?? []
  return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS] // the pattern lets no other unit through
}

/** A duration of at least 1 ms that stays text: policies are signed and sent as they were written. */
export const DurationTextSchema = v.pipe(
  v.string(),
  v.regex(PATTERN, "must be a number and ms, s, m, h or d, such as 10m"),
  v.check((text) => durationMs(text) >= 1, "must be longer than nothing")
)

/** A duration of at least 1 ms; parses to milliseconds. */
export const DurationSchema = v.pipe(DurationTextSchema, v.transform(durationMs))
