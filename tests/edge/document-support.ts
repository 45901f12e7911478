/** What the tests of a document inside workerd share: sockets on it, updates for it, and reading it back. */
import * as encoding from "lib0/encoding"
import * as syncProtocol from "y-protocols/sync"
import * as Y from "yjs"
import { encodeSyncUp } from "../../shared/sync/messages.ts"
import { openSocket, ticketOf, type TestSocket } from "./support.ts"

/** A socket of Locum's on a document, as somebody of these groups. */
export const open = async (document: string, name: string, groups = "blue", query = ""): Promise<TestSocket> =>
  openSocket(`/_locum/sync/${document}?locum=1&ticket=${await ticketOf(name, groups, query)}`)

/** y-websocket's message that brings an update. */
export const plainUpdate = (update: Uint8Array): Uint8Array =>
  encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, 0)
    syncProtocol.writeUpdate(encoder, update)
  })

const writing = (change: (doc: Y.Doc) => void): { readonly doc: Y.Doc; readonly update: Uint8Array } => {
  const doc = new Y.Doc()
  change(doc)
  return { doc, update: Y.encodeStateAsUpdate(doc) }
}

/** A new Yjs client's document and update that set one key. */
export const set = (key: string, value: string) => writing((doc) => void doc.getMap("test").set(key, value))

/** What the edge holds of a document, as a fresh replica gets it. */
export const readBack = async (document: string, name = "Ann", groups = "blue"): Promise<Y.Doc> => {
  const socket = await open(document, name, groups)
  socket.socket.send(encodeSyncUp({ type: "catchUp", id: 1, stateVector: new Uint8Array([0]), answersSince: 0 }))
  const doc = new Y.Doc()
  Y.applyUpdate(doc, (await socket.sync("caughtUp")).update)
  return doc
}
