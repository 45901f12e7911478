/**
 * An hour of one person's typing (5 keystrokes a second) made offline, while another one went on in the same document: bytes on the
 * first one's socket and time until both have everything.
 */
import * as Y from "yjs"
import { SYNC_PEERS, type SyncPeer } from "../peers/sync-servers.ts"
import { readEdits, textOf } from "../support/edits.ts"
import { printTable } from "../support/report.ts"
import { median, seededRandom, shuffled } from "../support/statistics.ts"
import { hasAll, openSynced, type, withServer, type PartResult, type SyncSizes } from "./part.ts"

const EDITS_BEFORE = 20_000
const EDITS_OFFLINE = 18_000
const EDITS_MEANWHILE = 1_000

interface Run {
  readonly ms: number
  readonly sent: number
  readonly received: number
}

const run = (peer: SyncPeer): Promise<Run> =>
  withServer(peer, async (server) => {
    const { edits } = readEdits(EDITS_BEFORE + EDITS_OFFLINE)
    const away = await openSynced(server, "room")
    const other = await openSynced(server, "room")
    await type(away.doc, edits.slice(0, EDITS_BEFORE))
    await hasAll(other.doc, away.doc)
    const doc = new Y.Doc()
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(away.doc))
    away.close()
    await type(doc, edits.slice(EDITS_BEFORE))
    const end = textOf(other.doc).length
    await type(
      other.doc,
      Array.from({ length: EDITS_MEANWHILE }, (_, index) => [end + index, 0, "y"] as const)
    )
    const from = performance.now()
    const back = await server.open("room", doc)
    await back.synced
    const union = new Y.Doc()
    for (const each of [doc, other.doc]) Y.applyUpdate(union, Y.encodeStateAsUpdate(each))
    await Promise.all([hasAll(doc, union), hasAll(other.doc, union)])
    const ms = performance.now() - from
    back.close()
    other.close()
    return { ms, ...back.traffic }
  })

export const offline = async ({ rounds, seed }: SyncSizes): Promise<PartResult> => {
  const random = seededRandom(seed)
  const runs = new Map<string, Run[]>(SYNC_PEERS.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const peer of shuffled(SYNC_PEERS, random)) runs.get(peer.name)?.push(await run(peer))
  printTable(
    `${EDITS_OFFLINE} edits made offline, ${EDITS_MEANWHILE} of another meanwhile: until both have everything`,
    ["server", "ms", "bytes sent", "bytes received"],
    SYNC_PEERS.map(({ name }) => {
      const all = runs.get(name) ?? []
      return [
        name,
        median(all.map((one) => one.ms)),
        ...(["sent", "received"] as const).map((way) => String(median(all.map((one) => one[way]))))
      ]
    })
  )
  return { goals: [], figures: Object.fromEntries(runs) }
}
