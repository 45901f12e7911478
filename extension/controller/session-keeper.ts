/**
 * Who is signed in, as `/_locum/session` says, and tickets for the sockets. Looks that come together are one request. Keeps
 * SPEC rules CON-3, CON-4.
 */
import { parseJson } from "../../shared/protocol/parse.ts"
import { SessionSchema, type Session } from "../../shared/protocol/session.ts"
import type { HttpAnswer } from "../platform/service-http.ts"

/** What a look found. `unreachable`: nobody said anything about a session. */
export type SessionLook =
  | { readonly state: "signed-in"; readonly session: Session }
  | { readonly state: "signed-out" }
  | { readonly state: "unreachable"; readonly text: string }

export interface SessionPorts {
  /** `GET /_locum/session` with the person's cookies. */
  readonly ask: () => Promise<HttpAnswer>
  readonly now: () => number
  /** Told of every look, in order; what it does is not waited for. */
  readonly onLook: (look: SessionLook) => void
}

/** Sockets that open together share a ticket; who signed out a moment ago opens none. */
const TICKET_SHARED_MS = 1000

export class SessionKeeper {
  readonly #ports: SessionPorts
  #looking: Promise<SessionLook> | null = null
  #last: { readonly look: SessionLook; readonly at: number } | null = null

  constructor(ports: SessionPorts) {
    this.#ports = ports
  }

  /** When the last look was, ms; 0 before the first one. */
  get lastLookAt(): number {
    return this.#last?.at ?? 0
  }

  /** Asks the edge. */
  look(): Promise<SessionLook> {
    this.#looking ??= this.#look().finally(() => (this.#looking = null))
    return this.#looking
  }

  /** Asks the edge about what is so now: a look that is under way may have been answered before. */
  async lookAnew(): Promise<SessionLook> {
    await this.#looking
    return this.look()
  }

  /** A ticket that is good for opening a socket now; null without a session, and when the edge cannot be asked. */
  async takeTicket(): Promise<string | null> {
    const now = this.#ports.now()
    const last = this.#last
    const isFresh = last !== null && last.look.state === "signed-in" && now - last.at < TICKET_SHARED_MS
    const look = isFresh ? last.look : await this.look()
    return look.state === "signed-in" ? look.session.ticket : null
  }

  async #look(): Promise<SessionLook> {
    const look = lookOf(await this.#ports.ask())
    this.#last = { look, at: this.#ports.now() }
    this.#ports.onLook(look)
    return look
  }
}

/** 401 and 403 mean that nobody is signed in, and so does a redirect, which leads to a sign-in page; other statuses say nothing. */
const lookOf = (answer: HttpAnswer): SessionLook => {
  if (answer.kind !== "answered") return { state: "unreachable", text: answer.text }
  if ([0, 401, 403].includes(answer.status)) return { state: "signed-out" }
  if (answer.status !== 200) return { state: "unreachable", text: `the session was answered ${answer.status}` }
  const session = parseJson(SessionSchema, answer.body)
  return session.ok
    ? { state: "signed-in", session: session.value }
    : { state: "unreachable", text: `session: ${session.error}` }
}
