/** What lies in the SQLite files of a server that was killed: what survived, and what it takes. */
import { existsSync, globSync, statSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as v from "valibot"
import * as Y from "yjs"

/** Content of one document as one server stores it. */
export interface Stored {
  readonly rows: number
  /** Of the rows' data. */
  readonly bytes: number
  /** Of the files, indexes and free pages included. */
  readonly fileBytes: number
  readonly doc: Y.Doc
}

/** Per kind of server: the queries whose rows, in this order, make the document. `ends` joins pieces. */
const QUERIES = {
  updates: ["SELECT data, 0 AS ends FROM snapshot ORDER BY part", "SELECT data, ends FROM updates ORDER BY seq"],
  saved: ["SELECT data, 0 AS ends FROM saved ORDER BY part"],
  documents: ["SELECT data, 1 AS ends FROM documents"]
} as const

const RowsSchema = v.array(v.object({ data: v.instance(Uint8Array), ends: v.number() }))
const NamesSchema = v.array(v.object({ name: v.string() }))

const readFile = (file: string): Stored | null => {
  const database = new DatabaseSync(file)
  try {
    const names = v.parse(NamesSchema, database.prepare("SELECT name FROM sqlite_master").all()).map(({ name }) => name)
    const kind = (["updates", "saved", "documents"] as const).find((table) => names.includes(table))
    if (kind === undefined) return null
    const tables = QUERIES[kind].map((query) => v.parse(RowsSchema, database.prepare(query).all()))
    const doc = new Y.Doc()
    for (const rows of tables) for (const update of updatesOf(rows)) Y.applyUpdate(doc, update)
    const all = tables.flat()
    const bytes = all.reduce((sum, { data }) => sum + data.length, 0)
    return { rows: all.length, bytes, fileBytes: sizeOf(file) + sizeOf(`${file}-wal`), doc }
  } finally {
    database.close()
  }
}

const sizeOf = (file: string): number => (existsSync(file) ? statSync(file).size : 0)

/** Joins pieces up to one that ends, or to the last. */
const updatesOf = (rows: v.InferOutput<typeof RowsSchema>): readonly Uint8Array[] => {
  const updates: Uint8Array[] = []
  let pieces: Uint8Array[] = []
  for (const [index, { data, ends }] of rows.entries()) {
    pieces.push(data)
    if (ends === 0 && index < rows.length - 1) continue
    updates.push(Buffer.concat(pieces))
    pieces = []
  }
  return updates
}

/** The one document that a server keeps below `folder`; null when it keeps none. Files of servers that run may be read, too. */
export const readStored = (folder: string): Stored | null => {
  const found = globSync("**/*.sqlite", { cwd: folder }).flatMap((file) => {
    const stored = readFile(join(folder, file))
    return stored === null || stored.rows === 0 ? [] : [stored]
  })
  if (found.length > 1) throw new Error(`${folder} holds ${found.length} documents, not one`)
  return found[0] ?? null
}
