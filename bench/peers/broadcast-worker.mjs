/**
 * The bare thing: objects that hold hibernatable sockets, send a text to each and count the answers. `POST /say` with the text
 * is answered when every socket has acknowledged; `?rooms=` says over how many objects the sockets are spread. Nothing is stored.
 */
import { DurableObject } from "cloudflare:workers"

export class Room extends DurableObject {
  #awaited = 0
  #done = () => undefined

  async fetch(request) {
    if (request.headers.get("Upgrade") === "websocket") {
      const { 0: client, 1: server } = new WebSocketPair()
      this.ctx.acceptWebSocket(server)
      return new Response(null, { status: 101, webSocket: client })
    }
    const text = await request.text()
    const sockets = this.ctx.getWebSockets()
    this.#awaited = sockets.length
    const all = new Promise((done) => (this.#done = done))
    for (const socket of sockets) socket.send(text)
    if (sockets.length > 0) await all
    return new Response(String(sockets.length))
  }

  webSocketMessage() {
    if (--this.#awaited === 0) this.#done()
  }
}

export default {
  fetch: async (request, env) => {
    const { pathname, searchParams } = new URL(request.url)
    const rooms = Number(searchParams.get("rooms"))
    const room = (index) => env.Room.getByName(`room-${index % rooms}`)
    if (pathname === "/open") return room(Number(searchParams.get("client"))).fetch(request)
    if (pathname !== "/say") return new Response("not found", { status: 404 })
    const text = await request.text()
    const say = (_none, index) => room(index).fetch("https://room/", { method: "POST", body: text })
    const answers = await Promise.all(Array.from({ length: rooms }, say))
    const counts = await Promise.all(answers.map((answer) => answer.text()))
    return new Response(String(counts.reduce((sum, count) => sum + Number(count), 0)))
  }
}
