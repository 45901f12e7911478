/** A bare broadcast with acknowledgement from Durable Objects (bench/peers/broadcast-worker.mjs), with texts as long as Locum's. */
import { resolve } from "node:path"
import { startWorker } from "../../scripts/local/edge-process.ts"
import { Flips, inParallel, inTime, PEERS_FOLDER, type ControlPeer, type Told } from "./peer.ts"

const CONFIG = {
  name: "broadcast",
  main: resolve(PEERS_FOLDER, "broadcast-worker.mjs"),
  compatibility_date: "2026-10-20",
  send_metrics: false,
  durable_objects: { bindings: [{ name: "Room", class_name: "Room" }] },
  migrations: [{ tag: "v1", new_sqlite_classes: ["Room"] }]
}

/** As long as a signed policy with its certificate, and as an acknowledgement of one. */
const TEXT = "p".repeat(1900)
const ANSWER = "a".repeat(110)

/** @param rooms over how many objects the sockets are spread */
export const bareBroadcast = (rooms: number): ControlPeer => ({
  name: `bare broadcast, ${rooms}`,
  start: async (folder) => {
    const edge = await startWorker({ folder, config: CONFIG })
    const sockets: WebSocket[] = []
    let flips = new Flips(0)
    const open = async (client: number): Promise<void> => {
      const socket = new WebSocket(`${edge.origin.replace("http", "ws")}/open?rooms=${rooms}&client=${client}`)
      socket.onmessage = () => {
        flips.add()
        socket.send(ANSWER)
      }
      await inTime(
        "a bare socket",
        new Promise<void>((opened, failed) => {
          socket.onopen = () => opened()
          socket.onerror = () => failed(new Error("a bare socket could not be opened"))
        })
      )
      sockets.push(socket)
    }
    const tell = async (): Promise<Told> => {
      flips = new Flips(sockets.length)
      const answer = await fetch(`${edge.origin}/say?rooms=${rooms}`, { method: "POST", body: TEXT })
      if ((await answer.text()) !== String(sockets.length)) throw new Error("a bare socket was lost")
      return { knownMs: flips.elapsedMs, flips: await flips.all() }
    }
    return {
      connect: (count) => {
        const from = sockets.length
        return inParallel(count, (index) => open(from + index))
      },
      tell: async () => [await inTime("a bare broadcast", tell())],
      lastPolicy: () => null,
      kill: async () => {
        for (const socket of sockets) socket.close()
        await edge.kill()
      }
    }
  }
})
