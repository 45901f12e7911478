/** Single edits of one client until another client has them all, and the server's memory then. */
import { SYNC_PEERS, type SyncServer } from "../peers/sync-servers.ts"
import { readEdits, type Edit } from "../support/edits.ts"
import { atMost, printTable } from "../support/report.ts"
import { median, seededRandom, shuffled } from "../support/statistics.ts"
import { hasAll, openSynced, type, withServer, type PartResult, type SyncSizes } from "./part.ts"

interface Run {
  readonly ms: number
  readonly memory: number
}

const run = async (server: SyncServer, room: string, edits: readonly Edit[]): Promise<Run> => {
  const [writer, reader] = [await openSynced(server, room), await openSynced(server, room)]
  const from = performance.now()
  await type(writer.doc, edits)
  await hasAll(reader.doc, writer.doc)
  const ms = performance.now() - from
  const memory = await server.memory()
  writer.close()
  reader.close()
  return { ms, memory }
}

/** Every server in turns, in an order from the seed, each time from a fresh start and after a short run to warm up. */
const series = async (count: number, rounds: number, seed: number): Promise<ReadonlyMap<string, readonly Run[]>> => {
  const { edits } = readEdits(count)
  const random = seededRandom(seed)
  const runs = new Map<string, Run[]>(SYNC_PEERS.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const peer of shuffled(SYNC_PEERS, random))
      await withServer(peer, async (server) => {
        await run(server, "warm", edits.slice(0, 500))
        runs.get(peer.name)?.push(await run(server, "room", edits))
      })
  return runs
}

const report = (count: number, runs: ReadonlyMap<string, readonly Run[]>): number => {
  const middle = (name: string, of: keyof Run): number => median((runs.get(name) ?? []).map((one) => one[of]))
  printTable(
    `${count} single edits of one client until another has them all (medians; memory of the server afterwards)`,
    ["server", "runs", "ms", "edits/s", "Locum's speed to it", "MiB", "acknowledgement"],
    SYNC_PEERS.map(({ name, promise }) => {
      const ms = middle(name, "ms")
      const ratio = ms / middle("locum", "ms")
      return [name, String(runs.get(name)?.length), ms, (count / ms) * 1000, ratio, middle(name, "memory"), promise]
    })
  )
  return middle("locum", "ms") / middle("y-partyserver", "ms")
}

export const throughput = async ({ edits, longEdits, rounds, seed }: SyncSizes): Promise<PartResult> => {
  const figures: Record<string, unknown> = { recorded: readEdits(1).recorded }
  const goals = []
  for (const [count, times] of [
    [edits, rounds],
    [longEdits, Math.ceil(rounds / 3)]
  ] as const) {
    if (count === 0) continue
    const runs = await series(count, times, seed)
    const ratio = report(count, runs)
    figures[`${count}`] = Object.fromEntries(runs)
    goals.push(atMost(`${count} edits: Locum's time to y-partyserver's`, ratio, 1 / 3, ""))
  }
  return { goals, figures }
}
