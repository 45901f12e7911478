/** Clock, randomness, timers and the log, as the units take them. */

export const now = (): number => Date.now()

/** Random bytes as lower case hex. */
export const randomHex = (bytes: number): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("")

/** Between 0 and 1, for spreading things in time. */
export const random = (): number => Math.random()

/** Resolves after `ms`, or as soon as `signal` aborts. */
export const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener("abort", end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    if (signal?.aborted === true) end()
    else signal?.addEventListener("abort", end)
  })

/** Calls `work` once after `ms`; returns how to stop it. */
export const after = (ms: number, work: () => void): (() => void) => {
  const timer = setTimeout(work, ms)
  return () => clearTimeout(timer)
}

/** Calls `work` now and then every so many ms; returns how to stop it. */
export const every = (ms: number, work: () => void): (() => void) => {
  work()
  const timer = setInterval(work, ms)
  return () => clearInterval(timer)
}

/** One line in the extension's log, for something that was handled here. */
export const logError = (what: string, error: unknown): void => console.error(`locum: ${what}`, error)

/** The URL of a file of the extension, by its path in the package. */
export const packagedUrl = (path: string): string => chrome.runtime.getURL(path)
