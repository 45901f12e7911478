/**
 * Who of the people that used a service lately can be served by a browser during a maintenance, and who cannot, and why: what an
 * operator wants to know before he starts. Keeps SPEC rule MNT-15.
 */

/** Who used the service within this time counts as using it, ms. */
export const ACTIVE_FOR_MS = 15 * 60 * 1000

/** A client as the controller knows it. */
export interface CoveringClient {
  readonly subject: string
  readonly isConnected: boolean
  /** Release that it holds, null for none. */
  readonly running: string | null
  /** Why it refused the last time, null when it did not. */
  readonly refusal: string | null
}

export interface Coverage {
  /** People who used the service within {@link ACTIVE_FOR_MS}. */
  readonly active: number
  readonly covered: number
  readonly uncovered: readonly { readonly subject: string; readonly why: string }[]
  /** What the uncovered get while the server is closed. */
  readonly others: string
}

/** What a client lacks, null when it can take over. */
const lackOf = ({ isConnected, running, refusal }: CoveringClient): string | null => {
  if (!isConnected) return "no browser with the extension is connected"
  if (running === null) return "the browser holds no release yet"
  return refusal === null ? null : `the browser refused: ${refusal}`
}

/** @param active subjects */
export const coverageOf = (active: readonly string[], clients: readonly CoveringClient[]): Coverage => {
  const uncovered = active.flatMap((subject) => {
    const lacks = clients.filter((client) => client.subject === subject).map(lackOf)
    if (lacks.includes(null)) return []
    return [{ subject, why: lacks.find((lack) => lack !== null) ?? "no browser with the extension is known" }]
  })
  return {
    active: active.length,
    covered: active.length - uncovered.length,
    uncovered,
    others: "503 with Retry-After and a plain page, until the server is open again"
  }
}
