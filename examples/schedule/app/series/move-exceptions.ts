/** Exceptions are found by the time of the series that they stand for: when the series moves, they go along. */
import type { AppContext } from "../../../../shared/app/app.ts"
import { exceptionId, exceptionsOf } from "./exceptions.ts"
import { keyOf, startOf } from "./series.ts"
import { writeStep, type Step } from "./undo.ts"

/** Takes the exceptions of an event to another (or the same) one, each to the time that `moved` gives; null: it stays. */
export function moveExceptions(
  context: AppContext,
  from: string,
  to: string,
  moved: (start: string) => string | null
): readonly Step[] {
  return exceptionsOf(context, from).flatMap(({ key, isSkipped, fields, source }) => {
    const start = startOf(key)
    const target = start === undefined ? null : moved(start)
    if (target === null || (from === to && keyOf(target) === key)) return []
    const values = {
      event: to,
      key: keyOf(target),
      ...(isSkipped ? { skipped: true } : fields),
      ...(source ? { source } : {})
    }
    // The old one is left without an event rather than deleted: it comes back with the step.
    const left = writeStep(context, "exceptions", exceptionId(from, key), { event: "" })
    return [...left, ...writeStep(context, "exceptions", exceptionId(to, keyOf(target)), values)]
  })
}
