/**
 * What a frame in a page's markup says before the page's own script listens: the first script of the page (injected/early) keeps it. So
 * the frame need not wait for that script.
 */

interface Early {
  readonly events: MessageEvent<unknown>[]
  readonly keep: (event: MessageEvent<unknown>) => void
}

const scope = globalThis as typeof globalThis & { locumEarly?: Early }

/** Keeps messages from now on, until somebody listens. */
export const keepEarly = (): void => {
  const events: MessageEvent<unknown>[] = []
  const keep = (event: MessageEvent<unknown>): void => void events.push(event)
  scope.locumEarly = { events, keep }
  addEventListener("message", keep)
}

/** Hands on the messages of this window, first those that were kept; the result ends it. */
export const listen = (take: (event: MessageEvent<unknown>) => void): (() => void) => {
  const early = scope.locumEarly
  delete scope.locumEarly
  if (early !== undefined) removeEventListener("message", early.keep)
  addEventListener("message", take)
  for (const event of early?.events ?? []) take(event)
  return () => removeEventListener("message", take)
}
