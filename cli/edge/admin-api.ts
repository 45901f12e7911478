/** The admin API of the edge that is meant; failures are {@link CommandFailure}s. */
import type { ServiceView } from "../../shared/protocol/admin-views.ts"
import { AdminApi, type CallFault } from "../../shared/protocol/admin-api.ts"
import { CommandFailure, EXIT, type ExitStatus } from "../exit-status.ts"
import type { Machine } from "../platform/machine.ts"
import type { EdgeSettings } from "./settings.ts"

/** One call is given up after this. */
const CALL_WITHIN_MS = 30_000

const STATUS: Readonly<Record<CallFault, ExitStatus>> = {
  "not-reachable": EXIT.notReachable,
  "not-allowed": EXIT.notAllowed,
  refused: EXIT.refused
}

/** Undici's own words ("fetch failed") say nothing; its cause does. */
const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  if (cause instanceof AggregateError) return reasonOf(cause.errors[0])
  return cause instanceof Error ? cause.message : String(cause)
}

/** The edge that the operator means. */
export interface Edge {
  readonly origin: string
  readonly api: AdminApi
}

export const openApi = ({ origin, token }: EdgeSettings, { fetch }: Machine): Edge => {
  const ask = async (method: string, path: string, body: string | undefined) => {
    try {
      const response = await fetch(`${origin}/_locum/${path}`, {
        method,
        headers: { authorization: `Bearer ${token}` },
        redirect: "error",
        signal: AbortSignal.timeout(CALL_WITHIN_MS),
        ...(body === undefined ? {} : { body })
      })
      return { status: response.status, text: await response.text() }
    } catch (error) {
      throw new CommandFailure(EXIT.notReachable, `${origin} cannot be reached: ${reasonOf(error)}`)
    }
  }
  return { origin, api: new AdminApi({ ask, fail: (fault, text) => new CommandFailure(STATUS[fault], text) }) }
}

/** The service that is meant: the named one, or the only one. */
export const chosenService = async ({ api }: Edge, name: string | undefined): Promise<ServiceView> => {
  const services = await api.services()
  const found = name === undefined && services.length === 1 ? services[0] : services.find((s) => s.service === name)
  if (found !== undefined) return found
  const names = services.map(({ service }) => service).join(", ")
  const text = name === undefined ? `which service? Give --service: ${names}` : `there is no service ${name}: ${names}`
  throw new CommandFailure(EXIT.usage, text)
}
