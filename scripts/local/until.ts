// Waiting for something that announces itself to nobody: a port that answers, a process group that is gone.

const LOOK_AGAIN_MS = 50

/**
 * Asks again and again, `everyMs`, until the answer is something else than undefined, and resolves to it. Rejects after `withinMs` with
 * an error that says what was waited for. The question must itself end in bounded time.
 */
export async function until<T>(
  what: string,
  withinMs: number,
  ask: () => Promise<T | undefined>,
  everyMs = LOOK_AGAIN_MS
): Promise<T> {
  const start = performance.now()
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() - start > withinMs) throw new Error(`waited ${withinMs} ms for ${what}`)
    await new Promise((done) => setTimeout(done, everyMs))
  }
}
