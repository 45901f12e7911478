/**
 * When a scheduled sync is due (DESIGN 3.2): `always`, or five cron fields in a time zone. Runs that were missed, because the browser was
 * closed, coalesce to one. Keeps SPEC rules SYN-7 and SYN-8.
 */
import { Cron } from "croner"

/** As a policy writes it. */
export interface Timing {
  /** `always`, or minute, hour, day, month and weekday. The patent's daily 24:00 is `0 0 * * *`. */
  readonly at: string
  /** IANA name; UTC without it. */
  readonly tz?: string
}

const cronOf = ({ at, tz }: Timing): Cron => new Cron(at, { mode: "5-part", paused: true, timezone: tz ?? "UTC" })

/** What is wrong with a timing, null when nothing is. */
export const timingError = (timing: Timing): string | null => {
  if (timing.at === "always") return null
  try {
    return cronOf(timing).nextRun(new Date(0)) === null ? `at: "${timing.at}" never comes` : null
  } catch (error) {
    return `at: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** When the first run after `after` (ms) is due, ms; null for a timing that is `always` due or never. */
export const nextRun = (timing: Timing, after: number): number | null =>
  timing.at === "always" ? null : (cronOf(timing).nextRun(new Date(after))?.getTime() ?? null)

/** Longest jitter, ms: clients do not all come at the same minute. */
const MAX_JITTER_MS = 60_000

/**
 * When this client should sync next: at once if a run was missed since `last`, however many, else at the next run plus
 * this client's share of a minute.
 * @param last when it last synced, ms
 * @param position the client's place between 0 and 1
 */
export const dueAt = (timing: Timing, last: number, now: number, position: number): number | null => {
  const run = nextRun(timing, last)
  if (run === null) return null
  return Math.max(now, run + Math.floor(position * MAX_JITTER_MS))
}
