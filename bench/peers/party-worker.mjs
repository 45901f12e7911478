/**
 * y-partyserver as its README says: a YServer that loads and saves the whole document in its object's SQLite, in pieces that fit a
 * row; saving is debounced by 2 s, 10 s at most (its default). Beside it, what a plain parse by Yjs costs in this runtime.
 */
import { routePartykitRequest } from "partyserver"
import { YServer } from "y-partyserver"
import * as Y from "yjs"

const PIECE_BYTES = 1_500_000

export class Party extends YServer {
  static options = { hibernate: true }

  async onLoad() {
    const { sql } = this.ctx.storage
    sql.exec("CREATE TABLE IF NOT EXISTS saved (part INTEGER PRIMARY KEY, data BLOB NOT NULL)")
    const parts = sql
      .exec("SELECT data FROM saved ORDER BY part")
      .toArray()
      .map(({ data }) => new Uint8Array(data))
    if (parts.length > 0) Y.applyUpdate(this.document, joined(parts))
  }

  async onSave() {
    const state = Y.encodeStateAsUpdate(this.document)
    const { sql } = this.ctx.storage
    this.ctx.storage.transactionSync(() => {
      sql.exec("DELETE FROM saved")
      for (let start = 0; start < state.length; start += PIECE_BYTES)
        sql.exec("INSERT INTO saved (data) VALUES (?)", state.slice(start, start + PIECE_BYTES))
    })
  }
}

const joined = (parts) => {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

let held = new Uint8Array(0)

const plain = async (path, request) => {
  if (path === "/hold") held = new Uint8Array(await request.arrayBuffer())
  if (path === "/parse") Y.applyUpdate(new Y.Doc(), held)
  return new Response(String(held.length))
}

export default {
  fetch: async (request, env) => {
    const { pathname } = new URL(request.url)
    if (!pathname.startsWith("/parties/")) return plain(pathname, request)
    return (await routePartykitRequest(request, env)) ?? new Response("not found", { status: 404 })
  }
}
