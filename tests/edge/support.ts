/** What the tests inside workerd share: signing in, sockets that keep what they were sent, the admin's token. */
import { SELF } from "cloudflare:test"
import * as decoding from "lib0/decoding"
import type { DocumentRole } from "../../shared/protocol/roles.ts"
import { decodeSyncDown, SYNC_MESSAGE, type SyncDown } from "../../shared/sync/messages.ts"

export const ORIGIN = "http://localhost"
export const ADMIN = { Authorization: "Bearer test-admin-token-0" }

/** A cookie of the local sign-in. */
export const signIn = async (name: string, groups = ""): Promise<string> => {
  const response = await SELF.fetch(`${ORIGIN}/_locum/sign-in`, {
    method: "POST",
    body: new URLSearchParams({ name, groups }),
    redirect: "manual"
  })
  return response.headers.get("Set-Cookie")?.split(";")[0] ?? ""
}

export interface SessionAnswer {
  readonly ticket: string
  readonly services: readonly { readonly service: string; readonly documents: readonly DocumentRole[] }[]
}

export const sessionOf = async (cookie: string, query = ""): Promise<SessionAnswer> =>
  (await SELF.fetch(`${ORIGIN}/_locum/session${query}`, { headers: { Cookie: cookie } })).json()

export const ticketOf = async (name: string, groups = "", query = ""): Promise<string> =>
  (await sessionOf(await signIn(name, groups), query)).ticket

/** A socket that keeps what comes, for tests that await it. */
export class TestSocket {
  readonly socket: WebSocket
  /** What came and was not taken yet. */
  readonly frames: (string | Uint8Array)[] = []
  #closed: { readonly code: number; readonly reason: string } | null = null
  #wake: () => void = () => undefined

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.accept()
    socket.binaryType = "arraybuffer"
    socket.addEventListener("message", ({ data }) => {
      this.frames.push(typeof data === "string" ? data : new Uint8Array(data as ArrayBuffer))
      this.#wake()
    })
    socket.addEventListener("close", ({ code, reason }) => {
      this.#closed = { code, reason }
      this.#wake()
    })
  }

  /** The first frame, not taken before, for which `pick` gives something. */
  async next<T>(pick: (frame: string | Uint8Array) => T | undefined): Promise<T> {
    for (;;) {
      for (const [index, frame] of this.frames.entries()) {
        const picked = pick(frame)
        if (picked === undefined) continue
        this.frames.splice(index, 1)
        return picked
      }
      if (this.#closed !== null) throw new Error(`closed with ${this.#closed.code} ${this.#closed.reason}`)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  async closed(): Promise<{ readonly code: number; readonly reason: string }> {
    while (this.#closed === null) await new Promise<void>((resolve) => (this.#wake = resolve))
    return this.#closed
  }

  /** The next of Locum's own sync messages of a type. */
  sync<T extends SyncDown["type"]>(type: T): Promise<Extract<SyncDown, { type: T }>> {
    return this.next((frame) => {
      if (typeof frame === "string" || frame[0] !== SYNC_MESSAGE[type]) return undefined
      const decoder = decoding.createDecoder(frame)
      return decodeSyncDown(decoding.readVarUint(decoder), decoder) as Extract<SyncDown, { type: T }> // by its number
    })
  }

  /** The next control message of a type. */
  control(type: string): Promise<Record<string, unknown>> {
    return this.next((frame) => {
      const message = typeof frame === "string" ? (JSON.parse(frame) as Record<string, unknown>) : undefined
      return message?.["type"] === type ? message : undefined
    })
  }
}

export const openSocket = async (path: string): Promise<TestSocket> => {
  const response = await SELF.fetch(`${ORIGIN}${path}`, { headers: { Upgrade: "websocket" } })
  if (response.webSocket === null) throw new Error(`no socket: ${response.status} ${await response.text()}`)
  return new TestSocket(response.webSocket)
}

/** A UUIDv7 for a test's write. */
export const newKey = (): string => `01900000-0000-7000-8000-${crypto.randomUUID().slice(24)}`
