/**
 * The clients of the sync benchmark: the unmodified WebsocketProvider of y-websocket, and Hocuspocus' own provider for the one
 * server that does not speak y-websocket's protocol. Bytes are counted where they pass, at the socket.
 */
import type * as decoding from "lib0/decoding"
import { WebsocketProvider } from "y-websocket"
import * as Y from "yjs"
import { decodeSyncDown, encodeSyncUp, SYNC_MESSAGE } from "../../shared/sync/messages.ts"
import { openHocuspocus } from "../peers/hocuspocus-client.mjs"

/** Payload bytes of a client's sockets. */
export interface Traffic {
  sent: number
  received: number
}

export interface SyncClient {
  readonly doc: Y.Doc
  readonly traffic: Traffic
  /** Resolves when the server's state has been taken in for the first time. */
  readonly synced: Promise<void>
  /** Resolves when the server has acknowledged all that was sent, whatever its acknowledgement means; null: it has none. */
  readonly acknowledged: (() => Promise<void>) | null
  close(): void
}

const sizeOf = (data: unknown): number =>
  data instanceof ArrayBuffer || ArrayBuffer.isView(data) ? data.byteLength : String(data).length

/** The WebSocket of this process, with its bytes counted. */
const countingSocket = (traffic: Traffic): typeof WebSocket =>
  class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols)
      this.addEventListener("message", ({ data }) => void (traffic.received += sizeOf(data)))
    }

    override send(data: Parameters<WebSocket["send"]>[0]): void {
      traffic.sent += sizeOf(data)
      super.send(data)
    }
  }

const providerFor = (server: string, room: string, doc: Y.Doc, params: Record<string, string>, traffic: Traffic) => {
  const WebSocketPolyfill = countingSocket(traffic)
  const provider = new WebsocketProvider(server, room, doc, { disableBc: true, params, WebSocketPolyfill })
  const synced = new Promise<void>((resolve) => provider.once("sync", () => resolve()))
  return { provider, synced }
}

/** Awareness keeps a timer of its own, which the provider leaves running. */
const closing = (provider: WebsocketProvider) => (): void => {
  provider.destroy()
  provider.awareness.destroy()
}

/** A client of any server that speaks y-websocket's protocol. */
export const openPlain = (
  server: string,
  room: string,
  params: Record<string, string>,
  doc = new Y.Doc()
): SyncClient => {
  const traffic = { sent: 0, received: 0 }
  const { provider, synced } = providerFor(server, room, doc, params, traffic)
  return { doc, traffic, synced, acknowledged: null, close: closing(provider) }
}

/** A client that asked for Locum's own messages, and so can ask for a barrier. */
export const openWithBarrier = (
  server: string,
  room: string,
  params: Record<string, string>,
  doc = new Y.Doc()
): SyncClient => {
  const traffic = { sent: 0, received: 0 }
  const { provider, synced } = providerFor(server, room, doc, { ...params, locum: "1" }, traffic)
  const waiting = new Map<number, () => void>()
  const { greeting, barrierDone, caughtUp, refused } = SYNC_MESSAGE
  for (const type of [greeting, barrierDone, caughtUp, refused])
    provider.messageHandlers[type] = (_encoder: unknown, decoder: decoding.Decoder) => {
      const message = decodeSyncDown(type, decoder)
      if (message.type === "refused") throw new Error(`the edge refused: ${message.text}`)
      if (message.type === "barrierDone") waiting.get(message.id)?.()
    }
  let last = 0
  const acknowledged = (): Promise<void> =>
    new Promise((resolve) => {
      const id = ++last
      waiting.set(id, resolve)
      provider.ws?.send(encodeSyncUp({ type: "barrier", id }) as Uint8Array<ArrayBuffer>) // lib0's bytes own their buffer
    })
  return { doc, traffic, synced, acknowledged, close: closing(provider) }
}

const LOOK_AGAIN_MS = 1

export const openHocuspocusClient = (url: string, name: string, doc = new Y.Doc()): SyncClient => {
  const traffic = { sent: 0, received: 0 }
  const client = openHocuspocus({ url, name, document: doc, WebSocketPolyfill: countingSocket(traffic) })
  const acknowledged = async (): Promise<void> => {
    while (client.unacknowledged() > 0) await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
  }
  return { doc, traffic, synced: client.synced, acknowledged, close: client.close }
}
