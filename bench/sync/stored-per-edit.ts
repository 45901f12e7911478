/** Rows and bytes that lie in storage after single edits, once everything is stored; for Locum as they come, and after a compaction. */
import { setTimeout } from "node:timers/promises"
import * as Y from "yjs"
import { hocuspocus, locum, yPartyserver, type SyncPeer } from "../peers/sync-servers.ts"
import { readEdits, textOf, type Edit } from "../support/edits.ts"
import { atMost, printTable } from "../support/report.ts"
import { readStored, type Stored } from "../support/stored.ts"
import { hasAll, openSynced, type, withServer, type PartResult, type SyncSizes } from "./part.ts"

const LOOK_AGAIN_MS = 500
const SAVED_WITHIN_MS = 30_000

/** What is stored once all of `doc` is: the peers save some seconds later. */
const whenStored = async (folder: string, doc: Y.Doc): Promise<Stored> => {
  const until = performance.now() + SAVED_WITHIN_MS
  for (;;) {
    const stored = readStored(folder)
    if (stored !== null && textOf(stored.doc).toJSON() === textOf(doc).toJSON()) return stored
    if (performance.now() > until) throw new Error(`not everything was stored in ${SAVED_WITHIN_MS} ms`)
    await setTimeout(LOOK_AGAIN_MS)
  }
}

interface Measured {
  readonly stored: Stored
  readonly encoded: number
}

const measure = (peer: SyncPeer, edits: readonly Edit[], before: (doc: Y.Doc) => unknown): Promise<Measured> =>
  withServer(peer, async (server, folder) => {
    const [writer, reader] = [await openSynced(server, "room"), await openSynced(server, "room")]
    await type(writer.doc, edits)
    before(writer.doc)
    await hasAll(reader.doc, writer.doc)
    const stored = await whenStored(folder, writer.doc)
    writer.close()
    reader.close()
    return { stored, encoded: Y.encodeStateAsUpdate(writer.doc).length }
  })

/** Longer than the edge lets a log become: it is compacted at once. */
const overflow = (doc: Y.Doc): unknown => doc.getMap("overflow").set("long", "x".repeat(1_100_000))

export const storedPerEdit = async ({ edits: count }: SyncSizes): Promise<PartResult> => {
  const { edits } = readEdits(count)
  const nothing = (): void => {}
  const rows = [
    { name: "locum", ...(await measure(locum, edits, nothing)) },
    { name: "locum, just compacted", ...(await measure(locum, edits, overflow)) },
    { name: "y-partyserver", ...(await measure(yPartyserver, edits, nothing)) },
    { name: "Hocuspocus", ...(await measure(hocuspocus, edits, nothing)) }
  ]
  printTable(
    `What lies in storage after ${count} single edits`,
    ["server", "rows", "rows/edit", "bytes", "bytes/edit", "to the encoded document", "file bytes"],
    rows.map(({ name, stored, encoded }) => [
      name,
      String(stored.rows),
      stored.rows / count,
      String(stored.bytes),
      stored.bytes / count,
      stored.bytes / encoded,
      String(stored.fileBytes)
    ])
  )
  const compacted = rows[1]
  const ratio = compacted === undefined ? Number.NaN : compacted.stored.bytes / compacted.encoded
  const figures = Object.fromEntries(
    rows.map(({ name, stored, encoded }) => {
      const { rows: stores, bytes, fileBytes } = stored
      return [name, { rows: stores, bytes, fileBytes, encoded }]
    })
  )
  return { goals: [atMost("stored bytes after compaction to the encoded document", ratio, 1.1, "")], figures }
}
