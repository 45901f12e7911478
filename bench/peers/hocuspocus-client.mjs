/** Hocuspocus' own client: its protocol names the document in every message, which no WebsocketProvider does. */
import { HocuspocusProvider } from "@hocuspocus/provider"

export const openHocuspocus = ({ url, name, document, WebSocketPolyfill }) => {
  const provider = new HocuspocusProvider({ url, name, document, WebSocketPolyfill })
  const synced = new Promise((resolve) => provider.on("synced", resolve))
  return {
    synced,
    unacknowledged: () => provider.unsyncedChanges,
    close: () => {
      provider.destroy()
      provider.configuration.websocketProvider.destroy()
    }
  }
}
