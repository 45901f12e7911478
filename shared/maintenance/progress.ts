/** How far the clients are with what a maintenance waits for, as its view tells it; for command and console. Keeps SPEC rules OPR-4, CSL-4. */
import type { MaintenanceView } from "../protocol/admin-views.ts"

/** Connected clients: of `total`, so many did it and so many refused; the rest is awaited. */
export interface Progress {
  readonly done: number
  readonly refused: number
  readonly total: number
}

/** Null in a state that waits for no client. */
export const progressOf = ({ state, serial, request, clients }: MaintenanceView): Progress | null => {
  const there = clients.filter(({ connected }) => connected)
  const count = (is: (client: (typeof there)[number]) => boolean): number => there.filter(is).length
  switch (state) {
    case "taking":
    case "returning":
    case "restoring":
      return {
        done: count(({ settled }) => settled >= serial),
        refused: count(({ settled, refused }) => settled < serial && refused >= serial),
        total: there.length
      }
    case "updating":
      return {
        done: count(({ running }) => running === request.release),
        refused: count(({ running, updated }) => running !== request.release && updated === false),
        total: there.length
      }
    default:
      return null
  }
}

/** A client that did not do what it was told. */
export interface RefusalNote {
  readonly at: number
  readonly client: string
  /** Who uses it, null when it is not known any more. */
  readonly subject: string | null
  readonly why: string
}

/** Every refusal in a maintenance's record, and who was not heard of, in their order. */
export const refusalsOf = ({ report, clients }: MaintenanceView): readonly RefusalNote[] =>
  report.clients.flatMap(({ at, client, what, detail }) => {
    const refusal = what === "unanswered" ? "was not heard of" : refusalIn(detail)
    if (refusal === null) return []
    const subject = clients.find((known) => known.client === client)?.subject ?? null
    return [{ at, client, subject, why: refusal }]
  })

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const refusalIn = (detail: unknown): string | null => {
  const refusal = isRecord(detail) ? detail["refusal"] : undefined
  return isRecord(refusal) ? `${String(refusal["kind"])}: ${String(refusal["text"])}` : null
}
