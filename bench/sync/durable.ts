/**
 * What an acknowledgement is worth: edits until the server has acknowledged them, and what of them is there after the server is
 * killed in that moment. A server without acknowledgements is asked by its other client: what that one has seen.
 */
import { SYNC_PEERS, type SyncPeer } from "../peers/sync-servers.ts"
import { readEdits, textOf, type Edit } from "../support/edits.ts"
import { printTable } from "../support/report.ts"
import { readStored } from "../support/stored.ts"
import { median, seededRandom, shuffled } from "../support/statistics.ts"
import { hasAll, openSynced, type, withServer, type PartResult, type SyncSizes } from "./part.ts"

interface Run {
  readonly ms: number
  /** Characters of the text that are there after the kill, of those that were acknowledged. */
  readonly kept: number
  readonly of: number
}

const run = (peer: SyncPeer, edits: readonly Edit[]): Promise<Run> =>
  withServer(peer, async (server, folder) => {
    const [writer, reader] = [await openSynced(server, "room", true), await openSynced(server, "room")]
    await type(writer.doc, edits.slice(0, 500))
    await hasAll(reader.doc, writer.doc)
    const from = performance.now()
    await type(writer.doc, edits.slice(500))
    await (writer.acknowledged?.() ?? hasAll(reader.doc, writer.doc))
    const ms = performance.now() - from
    await server.kill()
    writer.close()
    reader.close()
    const stored = readStored(folder)
    const kept = stored === null ? 0 : textOf(stored.doc).length
    return { ms, kept, of: textOf(writer.doc).length }
  })

export const durable = async ({ edits: count, rounds, seed }: SyncSizes): Promise<PartResult> => {
  const { edits } = readEdits(count + 500)
  const random = seededRandom(seed)
  const runs = new Map<string, Run[]>(SYNC_PEERS.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const peer of shuffled(SYNC_PEERS, random)) runs.get(peer.name)?.push(await run(peer, edits))
  printTable(
    `${count} edits until they are acknowledged, then SIGKILL`,
    ["server", "ms", "edits/s", "kept", "of", "acknowledgement"],
    SYNC_PEERS.map(({ name, promise }) => {
      const all = runs.get(name) ?? []
      const ms = median(all.map((one) => one.ms))
      const [kept, of] = [median(all.map((one) => one.kept)), median(all.map((one) => one.of))]
      return [name, ms, (count / ms) * 1000, String(kept), String(of), promise]
    })
  )
  return { goals: [], figures: Object.fromEntries(runs) }
}
