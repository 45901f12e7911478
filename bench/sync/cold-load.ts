/**
 * A document of 5 MB from a Worker that has just started: until its first word on a socket, which comes when it is loaded; beside
 * what Yjs takes to parse the same bytes in a Worker that has just started, too. Clocks stand still inside of Workers, so both are
 * timed from outside, and what a connection or a request costs without it is taken off.
 */
import * as Y from "yjs"
import { locum, yPartyserver, type SyncServer } from "../peers/sync-servers.ts"
import { calendarOf } from "../support/edits.ts"
import { atMost, printTable, summaryRow, SUMMARY_COLUMNS } from "../support/report.ts"
import { median, summarize } from "../support/statistics.ts"
import { openSynced, withServer, type PartResult, type SyncSizes } from "./part.ts"

const DOCUMENT_BYTES = 5_000_000

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const from = performance.now()
  await work()
  return performance.now() - from
}

const post = async (server: SyncServer, path: string, body: Uint8Array | null = null): Promise<void> => {
  const response = await fetch(`${server.origin}${path}`, {
    method: "POST",
    body: body as Uint8Array<ArrayBuffer> | null
  })
  if (!response.ok) throw new Error(`${path} was answered ${response.status}`)
  await response.arrayBuffer()
}

/** Time of the first parse in a fresh Worker, ms. */
const parse = (state: Uint8Array): Promise<number> =>
  withServer(yPartyserver, async (server) => {
    await post(server, "/hold", state)
    await post(server, "/nothing")
    const nothing = await timed(() => post(server, "/nothing"))
    return (await timed(() => post(server, "/parse"))) - nothing
  })

/** From the opening of a socket to its first message; whoever it is, the document is loaded by then. */
const firstWord = async (server: SyncServer, room: string): Promise<number> => {
  const client = await server.open(room, new Y.Doc(), true)
  const from = performance.now()
  const { traffic } = client
  // Looked at once a millisecond: a spin would take one of the cores from what is measured.
  while (traffic.received === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  const ms = performance.now() - from
  client.close()
  return ms
}

/** Time until a fresh edge has loaded the document, ms, less that of an empty one. */
const load = async (folder: string): Promise<number> => {
  const server = await locum.start(folder)
  try {
    await firstWord(server, "warm")
    const nothing = await firstWord(server, "empty")
    return (await firstWord(server, "room")) - nothing
  } finally {
    await server.kill()
  }
}

export const coldLoad = async ({ rounds }: SyncSizes): Promise<PartResult> => {
  const state = calendarOf(DOCUMENT_BYTES)
  const times: Record<"load" | "parse", number[]> = { load: [], parse: [] }
  await withServer(locum, async (server, folder) => {
    const writer = await openSynced(server, "room", true)
    Y.applyUpdate(writer.doc, state)
    await writer.acknowledged?.()
    writer.close()
    await server.kill()
    for (let round = 0; round < rounds; round++) {
      times.load.push(await load(folder))
      times.parse.push(await parse(state))
    }
  })
  printTable(
    `Cold, a document of ${state.length} bytes: ms`,
    ["", ...SUMMARY_COLUMNS],
    [
      ["Locum's document object until it is loaded", ...summaryRow(summarize(times.load))],
      ["plain parse by Yjs", ...summaryRow(summarize(times.parse))]
    ]
  )
  const ratio = median(times.load) / median(times.parse)
  return { goals: [atMost("cold load of 5 MB to a plain parse", ratio, 1.2, "")], figures: { ...times, ratio } }
}
