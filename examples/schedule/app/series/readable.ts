/** Anybody who may write can have written a day, a rule or a component that is none, and a merge can make one: it is a value here. */

/** What `make` reads; the Error that says why it cannot be read. */
export function readable<T>(make: () => T): T | Error {
  try {
    return make()
  } catch (cause) {
    if (cause instanceof Error) return cause
    throw cause
  }
}

/** What could be read; null for what could not. */
export const orNull = <T>(read: T | Error): T | null => (read instanceof Error ? null : read)
