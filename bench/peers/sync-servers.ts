/** The servers of the sync benchmark: Locum's edge and its peers, each on a folder that outlives it, on 127.0.0.1 only. */
import { fork } from "node:child_process"
import { once } from "node:events"
import { mkdirSync } from "node:fs"
import { join, resolve } from "node:path"
import { startEdge, startWorker, type EdgeProcess } from "../../scripts/local/edge-process.ts"
import { signInByForm } from "../../scripts/local/sign-in.ts"
import { freePort } from "../../scripts/local/free-port.ts"
import { deployment, edgeVars } from "../../scripts/story/stage/places.ts"
import { residentMemory } from "../support/memory.ts"
import { openHocuspocusClient, openPlain, openWithBarrier, type SyncClient } from "../support/sync-client.ts"
import type * as Y from "yjs"

/** A server that runs. */
export interface SyncServer {
  readonly origin: string
  /** A client of a document, not synced yet. `barrier`: one that can ask for the durable acknowledgement, where there is one. */
  open(room: string, doc?: Y.Doc, barrier?: boolean): Promise<SyncClient>
  /** Resident memory of the process that holds the documents, MiB. */
  memory(): Promise<number>
  /** SIGKILL, everything of it. */
  kill(): Promise<void>
}

export interface SyncPeer {
  readonly name: string
  /** What it says that a client's acknowledgement means. */
  readonly promise: string
  start(folder: string): Promise<SyncServer>
}

const ticketAt = async (origin: string, group: string): Promise<string> => {
  const cookie = await signInByForm(origin, "Anna", group)
  const session = (await (await fetch(`${origin}/_locum/session`, { headers: { cookie } })).json()) as {
    ticket: string
  }
  return session.ticket
}

const workerd = (edge: EdgeProcess) => ({
  origin: edge.origin,
  memory: () => residentMemory(edge.pid, /^workerd$/),
  kill: () => edge.kill()
})

export const locum: SyncPeer = {
  name: "locum",
  promise: "acknowledged = committed to the object's storage",
  start: async (folder) => {
    const vars = { ...(await edgeVars("bench-admin-token-0001")), LOCUM_TRACE: "false" }
    const edge = await startEdge({ folder, deployment: deployment("1.0.0"), vars })
    const server = `${edge.origin.replace("http", "ws")}/_locum/sync`
    return {
      ...workerd(edge),
      open: async (room, doc, barrier = false) => {
        const params = { ticket: await ticketAt(edge.origin, room) }
        return (barrier ? openWithBarrier : openPlain)(server, `schedule/team/${room}`, params, doc)
      }
    }
  }
}

const PARTY_CONFIG = {
  name: "party",
  main: resolve(import.meta.dirname, "party-worker.mjs"),
  compatibility_date: "2026-10-20",
  compatibility_flags: ["nodejs_compat"],
  send_metrics: false,
  durable_objects: { bindings: [{ name: "Party", class_name: "Party" }] },
  migrations: [{ tag: "v1", new_sqlite_classes: ["Party"] }]
}

export const yPartyserver: SyncPeer = {
  name: "y-partyserver",
  promise: "no acknowledgement; saved 2 to 10 s later",
  start: async (folder) => {
    const edge = await startWorker({ folder, config: PARTY_CONFIG })
    const server = `${edge.origin.replace("http", "ws")}/parties/party`
    return { ...workerd(edge), open: (room, doc) => Promise.resolve(openPlain(server, room, {}, doc)) }
  }
}

/** A peer's server in a Node process of its own; it ends when we do. */
const startNode = async (script: string, ...args: readonly string[]) => {
  const child = fork(resolve(import.meta.dirname, script), [...args], { stdio: ["ignore", "ignore", "inherit", "ipc"] })
  const ended = once(child, "exit")
  await Promise.race([
    once(child, "message"),
    ended.then(([status]) => {
      throw new Error(`${script} ended with status ${status} before it listened`)
    })
  ])
  return {
    memory: () => residentMemory(child.pid ?? 0, /./),
    kill: async () => {
      child.kill("SIGKILL")
      await ended
    }
  }
}

export const hocuspocus: SyncPeer = {
  name: "Hocuspocus",
  promise: "acknowledged = in memory; stored 2 to 10 s later",
  start: async (folder) => {
    mkdirSync(folder, { recursive: true })
    const port = await freePort()
    const url = `ws://127.0.0.1:${port}`
    const node = await startNode("hocuspocus-server.mjs", String(port), join(folder, "documents.sqlite"))
    return {
      ...node,
      origin: url.replace("ws", "http"),
      open: (room, doc) => Promise.resolve(openHocuspocusClient(url, room, doc))
    }
  }
}

export const yWebsocket: SyncPeer = {
  name: "y-websocket",
  promise: "none: memory only",
  start: async () => {
    const port = await freePort()
    const url = `ws://127.0.0.1:${port}`
    const node = await startNode("y-websocket-server.mjs", String(port))
    return {
      ...node,
      origin: url.replace("ws", "http"),
      open: (room, doc) => Promise.resolve(openPlain(url, room, {}, doc))
    }
  }
}

export const SYNC_PEERS = [locum, yPartyserver, hocuspocus, yWebsocket] as const
