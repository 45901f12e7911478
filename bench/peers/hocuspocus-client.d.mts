import type * as Y from "yjs"

export declare const openHocuspocus: (options: {
  readonly url: string
  readonly name: string
  readonly document: Y.Doc
  readonly WebSocketPolyfill: typeof WebSocket
}) => {
  readonly synced: Promise<void>
  /** Changes that the server has not said to have taken in (not: stored). */
  readonly unacknowledged: () => number
  readonly close: () => void
}
