/** Script of the test extension's page: the client platform as the offscreen document has it, reachable from a test. */
import { makePlatforms } from "../../../extension/controller/open-service-platform.ts"
import type { ServicePin, ServicePlatform } from "../../../extension/platform/client-platform.ts"
import type { Session } from "../../../shared/protocol/session.ts"

const { open } = makePlatforms({
  sandboxPage: "sandboxes/app.html",
  workerScript: "app-worker.js",
  prelude: "prelude.js"
})

let platform: ServicePlatform | null = null
const told: string[] = []
let ticket: string | null = null

const current = (): ServicePlatform => {
  if (platform === null) throw new Error("no platform is open")
  return platform
}

const bench = {
  told,
  current,
  open: async (pin: ServicePin): Promise<void> => {
    platform = await open(pin, {
      takeTicket: () => Promise.resolve(ticket),
      answered: () => undefined,
      lookAgain: () => void told.push("forbidden: the session is to be looked at"),
      tell: (kind, text) => void told.push(`${kind}: ${text}`),
      onLeft: (why) => void told.push(`left: ${why}`),
      trace: true,
      offlineDays: () => 7
    })
  },
  identify: (session: Session | null): Promise<void> => {
    ticket = session?.ticket ?? null
    return current().identify(session)
  },
  ask: async (
    method: string,
    url: string,
    body: string | null,
    key: string | null,
    kind: "page" | "fetch" = "fetch"
  ) => {
    const bytes = body === null ? null : new TextEncoder().encode(body)
    const headers = key === null ? [] : ([["idempotency-key", key]] as const)
    const request = { method, url, headers, body: bytes, kind, receivedAt: Date.now() }
    const from = performance.now()
    const answer = await current().answer(request, new AbortController().signal)
    const text = new TextDecoder().decode(answer.body ?? new Uint8Array())
    return { status: answer.status, headers: answer.headers, text, ms: performance.now() - from }
  },
  /** Milliseconds of each of `count` requests, one after the other. */
  measure: async (count: number, method: string, url: string, bytes: number, kind: "page" | "fetch" = "fetch") => {
    const times: number[] = []
    for (let index = 0; index < count; index++) {
      const body = method === "GET" ? null : new Uint8Array(bytes).fill(65)
      const request = { method, url, headers: [], body, kind, receivedAt: Date.now() }
      const from = performance.now()
      await current().answer(request, new AbortController().signal)
      times.push(performance.now() - from)
    }
    return times
  }
}

Object.assign(globalThis, { bench })

/** What tests find in the page. */
export type Bench = typeof bench
