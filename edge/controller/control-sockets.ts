/**
 * The control sockets of one shard: reads what clients say, tells them what is in force, and hands events to the controllers in
 * batches. Keeps SPEC rules PRO-1, PRO-3 and CTL-10 (whoever connects is told the state in force at once).
 */
import * as v from "valibot"
import { positionOf } from "../../shared/maintenance/waves.ts"
import type { ControlDown } from "../../shared/protocol/control-down.ts"
import { ControlUpSchema, type ControlUp } from "../../shared/protocol/control-up.ts"
import { PROTOCOL_VERSION } from "../../shared/protocol/headers.ts"
import { parseJson } from "../../shared/protocol/parse.ts"
import type { ReleaseId } from "../../shared/protocol/names.ts"
import type { ClientEvent, ServiceState } from "../platform/objects.ts"

/** How long events are gathered before the controller hears of them. */
const GATHER_MS = 5
/** The longest text frame of a client. */
const MAX_FRAME_LENGTH = 64_000
/** After a lost socket: spread over so long that a shard's sockets do not all come at once, ms; the least, and for each socket (F53). */
const RECONNECT_AFTER_MS = 200
const LEAST_SPREAD_MS = 1000
const SPREAD_MS_PER_SOCKET = 2
const CLOSE = { malformed: 4400, protocol: 4426, replaced: 4409 } as const

const AttachmentSchema = v.object({
  /** Id of this connection. */
  connection: v.string(),
  subject: v.string(),
  origin: v.string(),
  /** Null until hello. */
  client: v.nullable(v.string()),
  service: v.nullable(v.string()),
  running: v.nullable(v.string()),
  /** Serial of the last policy that was sent here, and the last update instruction. */
  sent: v.number(),
  instructed: v.nullable(v.string())
})
/** What is kept with a socket through hibernation. */
export type ControlAttachment = v.InferOutput<typeof AttachmentSchema>

export interface ControlPorts {
  readonly sockets: () => readonly WebSocket[]
  readonly now: () => number
  readonly after: (ms: number, run: () => void) => () => void
  /** The state of a service for clients at an origin; null when there is no such service here. */
  readonly stateFor: (service: string, origin: string) => Promise<ServiceState | null>
  readonly report: (service: string, events: readonly ClientEvent[]) => Promise<void>
  readonly logProblem: (what: string, cause: unknown) => void
}

type Welcome = Extract<ControlDown, { type: "welcome" }>
type Hello = Extract<ControlUp, { type: "hello" }>

export class ControlSockets {
  readonly #ports: ControlPorts
  readonly #gathered = new Map<string, ClientEvent[]>()
  /** The newest socket of each client, found again after hibernation: a client that connects looks at one and not at all. */
  #newest: Map<string, WebSocket> | null = null
  #isTimerSet = false

  constructor(ports: ControlPorts) {
    this.#ports = ports
  }

  async receive(socket: WebSocket, frame: string | ArrayBuffer): Promise<void> {
    if (typeof frame !== "string" || frame.length > MAX_FRAME_LENGTH)
      return refuse(socket, CLOSE.malformed, `a message is JSON text of at most ${MAX_FRAME_LENGTH} characters`)
    const message = parseJson(ControlUpSchema, frame)
    if (!message.ok) return refuse(socket, CLOSE.malformed, message.error)
    if (message.value.type === "hello") return this.#hello(socket, message.value)
    const attachment = attachmentOf(socket)
    if (attachment.client === null || attachment.service === null)
      return refuse(socket, CLOSE.malformed, "hello must come first")
    if (message.value.type === "updated") keep(socket, { ...attachment, running: message.value.running })
    this.#tell({
      ...this.#head(attachment, attachment.client, attachment.service),
      type: "said",
      message: message.value
    })
  }

  closed(socket: WebSocket): void {
    const attachment = attachmentOf(socket)
    const { client, service } = attachment
    if (client === null || service === null) return
    const key = keyOf(service, client)
    if (this.#newest?.get(key) === socket) this.#newest.delete(key)
    this.#tell({ ...this.#head(attachment, client, service), type: "closed" })
  }

  /** Tells everybody of a service what they were not told yet; answers with the connections that are there. */
  spread(state: ServiceState): readonly string[] {
    const connections: string[] = []
    const policies = policyTexts(state)
    for (const socket of this.#ports.sockets()) {
      const attachment = attachmentOf(socket)
      if (attachment.service !== state.service) continue
      connections.push(attachment.connection)
      bringUpToDate(socket, attachment, state, policies)
    }
    return connections
  }

  async #hello(socket: WebSocket, hello: Hello): Promise<void> {
    if (hello.protocol !== PROTOCOL_VERSION)
      return refuse(socket, CLOSE.protocol, `protocol: this edge speaks ${PROTOCOL_VERSION}, not ${hello.protocol}`)
    const before = attachmentOf(socket)
    if (before.client !== null) return refuse(socket, CLOSE.malformed, "hello: comes once on a connection")
    const state = await this.#ports.stateFor(hello.service, before.origin)
    if (state === null) return refuse(socket, CLOSE.malformed, `service: ${hello.service} is not served here`)
    this.#endOlder(socket, hello)
    const attachment = {
      ...before,
      client: hello.client,
      service: hello.service,
      running: hello.running,
      sent: hello.settled === state.serial ? state.serial : 0
    }
    say(socket, {
      type: "welcome",
      protocol: PROTOCOL_VERSION,
      reconnect: reconnectSlot(this.#ports.sockets().length)
    })
    bringUpToDate(socket, attachment, state, policyTexts(state))
    const { subject, origin } = attachment
    this.#tell({ ...this.#head(attachment, hello.client, hello.service), type: "connected", subject, origin, hello })
  }

  /** A client that connects again before its old socket was noticed to be dead. */
  #endOlder(socket: WebSocket, { service, client }: Hello): void {
    this.#newest ??= this.#found(socket)
    const key = keyOf(service, client)
    this.#newest.get(key)?.close(CLOSE.replaced, "this client connected again")
    this.#newest.set(key, socket)
  }

  #found(besides: WebSocket): Map<string, WebSocket> {
    const found = new Map<string, WebSocket>()
    for (const socket of this.#ports.sockets()) {
      const { client, service } = attachmentOf(socket)
      if (socket !== besides && client !== null && service !== null) found.set(keyOf(service, client), socket)
    }
    return found
  }

  #head(attachment: ControlAttachment, client: string, service: string) {
    return { service, client, connection: attachment.connection, at: this.#ports.now() }
  }

  /** Gathers events, so that a thousand acknowledgements are a few writes and not a thousand. */
  #tell(event: ClientEvent): void {
    const events = this.#gathered.get(event.service)
    if (events === undefined) this.#gathered.set(event.service, [event])
    else events.push(event)
    if (this.#isTimerSet) return
    this.#isTimerSet = true
    this.#ports.after(GATHER_MS, () => {
      this.#isTimerSet = false
      this.report().catch((cause: unknown) => this.#ports.logProblem("shard: the controller could not be told", cause))
    })
  }

  /** Hands what was gathered to the controllers; resolves when they have it. */
  async report(): Promise<void> {
    const batches = [...this.#gathered]
    this.#gathered.clear()
    await Promise.all(batches.map(([service, events]) => this.#ports.report(service, events)))
  }
}

/** When the clients of a shard of so many sockets come back after they lost them all (CTL-12). */
export const reconnectSlot = (sockets: number): Welcome["reconnect"] => ({
  afterMs: RECONNECT_AFTER_MS,
  spreadMs: Math.max(LEAST_SPREAD_MS, sockets * SPREAD_MS_PER_SOCKET)
})

/** A socket's attachment as it is when the Worker hands it over. */
export const newAttachment = (connection: string, subject: string, origin: string): ControlAttachment => ({
  connection,
  subject,
  origin,
  client: null,
  service: null,
  running: null,
  sent: 0,
  instructed: null
})

const keyOf = (service: string, client: string): string => `${service} ${client}`

/** The message with the policy in force, by origin: made once for all who get it. */
const policyTexts = ({ policies }: ServiceState): ((origin: string) => string | undefined) => {
  const texts = new Map<string, string>()
  return (origin) => {
    const signed = policies[origin]
    if (signed === undefined) return undefined
    const text = texts.get(origin) ?? textOf({ type: "policy", ...signed })
    texts.set(origin, text)
    return text
  }
}

/** Sends the policy in force, and the update that is due, unless this socket was told before. */
const bringUpToDate = (
  socket: WebSocket,
  attachment: ControlAttachment,
  state: ServiceState,
  policyFor: ReturnType<typeof policyTexts>
): void => {
  const policy = attachment.sent < state.serial ? policyFor(attachment.origin) : undefined
  if (policy !== undefined) sayText(socket, policy)
  const due = updateDue(attachment, state)
  if (due !== null && due.instruction !== attachment.instructed) say(socket, { type: "update", ...due })
  keep(socket, { ...attachment, sent: state.serial, instructed: due?.instruction ?? null })
}

/** The update that a client should carry out now; one that runs nothing yet takes the release that its policy names. */
const updateDue = (
  { client, running }: ControlAttachment,
  { update, release, serial }: ServiceState
): { readonly instruction: string; readonly release: ReleaseId; readonly digest: string | null } | null => {
  if (client === null || running === null) return null
  const isMember = update !== null && positionOf(client) <= update.threshold
  const due = isMember
    ? { instruction: update.instruction, release: update.release, digest: update.digest }
    : { instruction: `policy-${serial}`, release, digest: null }
  return due.release === running ? null : due
}

const attachmentOf = (socket: WebSocket): ControlAttachment => v.parse(AttachmentSchema, socket.deserializeAttachment())
const keep = (socket: WebSocket, attachment: ControlAttachment): void => socket.serializeAttachment(attachment)
const OPEN = 1

const textOf = (message: ControlDown): string => JSON.stringify(message)

const say = (socket: WebSocket, message: ControlDown): void => sayText(socket, textOf(message))

const sayText = (socket: WebSocket, text: string): void => {
  if (socket.readyState === OPEN) socket.send(text)
}

const refuse = (socket: WebSocket, code: number, text: string): void => {
  say(socket, { type: "refused", code, text: text.slice(0, 2000) })
  socket.close(code, text.replace(/[^\x20-\x7e]/g, "?").slice(0, 120))
}
