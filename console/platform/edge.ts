/** The edge that this page came from, asked with the page's cookie, and what of the browser the views need. */
import { AdminApi, type CallFault } from "../../shared/protocol/admin-api.ts"

/** A call that came to nothing. */
export class CallError extends Error {
  readonly fault: CallFault

  constructor(fault: CallFault, message: string) {
    super(message)
    this.fault = fault
  }
}

const CALL_WITHIN_MS = 30_000

const ask = async (method: string, path: string, body: string | undefined) => {
  try {
    const init = { method, signal: AbortSignal.timeout(CALL_WITHIN_MS), ...(body === undefined ? {} : { body }) }
    const response = await fetch(`/_locum/${path}`, init)
    return { status: response.status, text: await response.text() }
  } catch (cause) {
    throw new CallError(
      "not-reachable",
      `the edge cannot be reached (${cause instanceof Error ? cause.message : String(cause)})`
    )
  }
}

export const edge = new AdminApi({ ask, fail: (fault, text) => new CallError(fault, text) })

/** This page's origin. */
export const origin = (): string => globalThis.location.origin

/** Calls `work` again and again, `everyMs` after it was last done, at once for the first time; the result ends that. */
export const again = (everyMs: number, work: () => Promise<void>): (() => void) => {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isOver = false
  const turn = (): void => {
    void work().finally(() => {
      if (!isOver) timer = setTimeout(turn, everyMs)
    })
  }
  turn()
  return () => {
    isOver = true
    clearTimeout(timer)
  }
}

/** The part of the page that the address names, and how to hear of another one. */
export const placeNow = (): string => globalThis.location.hash.replace(/^#\/?/, "")

export const onPlace = (listener: () => void): (() => void) => {
  globalThis.addEventListener("hashchange", listener)
  return () => globalThis.removeEventListener("hashchange", listener)
}

/** Whether the person wants dark colours. */
export const isDark = (): boolean => globalThis.matchMedia("(prefers-color-scheme: dark)").matches
