/** What the parts of the sync benchmark share: sizes, results, servers in turns, and waiting until a replica has everything. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setImmediate } from "node:timers/promises"
import * as Y from "yjs"
import type { SyncPeer, SyncServer } from "../peers/sync-servers.ts"
import { makeEdit, textOf, type Edit } from "../support/edits.ts"
import type { Goal } from "../support/report.ts"
import type { SyncClient } from "../support/sync-client.ts"

export interface SyncSizes {
  readonly edits: number
  readonly longEdits: number
  readonly rounds: number
  readonly seed: number
}

export interface PartResult {
  readonly goals: readonly Goal[]
  readonly figures: Readonly<Record<string, unknown>>
}

/** Nothing here takes longer, even on a slow machine: what does has hung. */
const GIVE_UP_MS = 240_000
/** Edits that are made in one turn; then the sockets get theirs. */
const EDITS_PER_TURN = 100

/** Runs `work` with a server on a new folder, and takes both away whatever happens. */
export const withServer = async <T>(
  peer: SyncPeer,
  work: (server: SyncServer, folder: string) => Promise<T>
): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), "locum-bench-sync-"))
  try {
    const server = await peer.start(folder)
    try {
      return await work(server, folder)
    } finally {
      await server.kill()
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Opens a client and waits for its first sync. */
export const openSynced = async (
  server: SyncServer,
  room: string,
  barrier = false,
  doc = new Y.Doc()
): Promise<SyncClient> => {
  const client = await server.open(room, doc, barrier)
  await client.synced
  return client
}

/** Makes single edits as fast as they can be made. */
export const type = async (doc: Y.Doc, edits: readonly Edit[]): Promise<void> => {
  for (let start = 0; start < edits.length; start += EDITS_PER_TURN) {
    for (const edit of edits.slice(start, start + EDITS_PER_TURN)) makeEdit(doc, edit)
    await setImmediate()
  }
}

/** Resolves when `doc` has all that `other` has now, deletions included. */
export const hasAll = async (doc: Y.Doc, other: Y.Doc): Promise<void> => {
  const length = textOf(other).length
  const wanted = Y.decodeStateVector(Y.encodeStateVector(other))
  const isThere = (): boolean =>
    textOf(doc).length === length && [...wanted].every(([client, clock]) => Y.getState(doc.store, client) >= clock)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const look = (): void => {
    if (isThere()) resolve()
  }
  const late = setTimeout(() => reject(new Error(`a replica did not get everything in ${GIVE_UP_MS} ms`)), GIVE_UP_MS)
  doc.on("update", look)
  look()
  await promise.finally(() => {
    clearTimeout(late)
    doc.off("update", look)
  })
  if (textOf(doc).toJSON() !== textOf(other).toJSON()) throw new Error("two replicas with the same changes differ")
}
