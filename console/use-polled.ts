/** What the edge says, asked again and again while a view shows it. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks"
import { again, CallError } from "./platform/edge.ts"

export interface Polled<T> {
  /** The newest answer, null before the first. */
  readonly value: T | null
  /** Why the newest question has no answer; the last value stays. */
  readonly error: CallError | null
  /** Asks at once. */
  readonly ask: () => Promise<void>
}

/** @param keys what the question depends on: another value asks at once */
export const usePolled = <T>(everyMs: number, question: () => Promise<T>, keys: readonly unknown[] = []): Polled<T> => {
  const [value, setValue] = useState<T | null>(null)
  const [error, setError] = useState<CallError | null>(null)
  const newest = useRef(question)
  newest.current = question
  const ask = useCallback(async () => {
    try {
      setValue(await newest.current())
      setError(null)
    } catch (failure) {
      if (!(failure instanceof CallError)) throw failure
      setError(failure)
    }
  }, [])
  useEffect(() => again(everyMs, ask), [everyMs, ask, ...keys])
  return { value, error, ask }
}
