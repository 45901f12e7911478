/**
 * A replica as the checker reads it: a whole Yjs document that one holder has (the edge, or one person's browser), and
 * every write in it, overwritten and deleted ones too. Keeps SPEC rules STO-5 and STO-6.
 */
import * as Y from "yjs"
import { readEntry, type Entry } from "../../../shared/app/record-entry.ts"

/** One holder's copy of one document. */
export interface Replica {
  /** `edge`, or a person. */
  readonly holder: string
  readonly document: string
  readonly doc: Y.Doc
}

const RECORDS = "records:"

/** A replica from Yjs updates (V1) in any order. */
export function replicaOf(holder: string, document: string, updates: readonly Uint8Array[]): Replica {
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, update)
  return { holder, document, doc }
}

/** Every entry of every record of a replica: shown, superseded, deleted. */
export function entriesOf({ doc }: Replica): readonly Entry[] {
  const found: Entry[] = []
  for (const name of doc.share.keys()) {
    if (!name.startsWith(RECORDS)) continue
    for (const [key, stored] of doc.getMap(name)) {
      const entry = readEntry(key, stored)
      if (entry) found.push(entry)
    }
  }
  return found
}

/** Why two copies of one document are not the same; null when they are: the same structs, deletions and values. */
export function difference(a: Replica, b: Replica): string | null {
  const pair = `${a.document}: ${a.holder} and ${b.holder}`
  for (const { holder, doc } of [a, b])
    if (doc.store.pendingStructs ?? doc.store.pendingDs)
      return `${pair} differ: ${holder} has changes that depend on missing ones`
  if (!Y.equalSnapshots(Y.snapshot(a.doc), Y.snapshot(b.doc))) return `${pair} differ in what they have seen`
  return valuesOf(a.doc) === valuesOf(b.doc) ? null : `${pair} differ in their values`
}

/** Every pair that must be the same and is not. `expected`: who must hold each document. */
export function differences(
  replicas: readonly Replica[],
  expected: ReadonlyMap<string, readonly string[]>
): readonly string[] {
  return [...expected].flatMap(([document, holders]) => {
    const copies = holders.map((holder) => replicas.find((one) => one.document === document && one.holder === holder))
    const [first] = copies
    return copies.flatMap((copy, index) => {
      if (!copy || !first) return copy ? [] : [`${document}: ${holders[index] ?? "?"} has no replica`]
      const found = index === 0 ? null : difference(first, copy)
      return found === null ? [] : [found]
    })
  })
}

/** All roots as text: keys in order, and what lies in a row (a text, a list), whatever type a root was opened as. */
function valuesOf(doc: Y.Doc): string {
  const roots = [...doc.share].map(([name, root]) => ({ name, keys: keysOf(root), row: rowOf(root) }))
  const filled = roots.filter(({ keys, row }) => keys.length > 0 || row.length > 0)
  return JSON.stringify(filled.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
}

function keysOf(root: Root): readonly [string, unknown][] {
  const values: [string, unknown][] = []
  for (const [key, item] of root._map) if (!item.deleted) values.push([key, item.content.getContent().at(-1)])
  return values.toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function rowOf(root: Root): readonly unknown[] {
  const row: unknown[] = []
  for (let item = root._start; item !== null; item = item.right)
    if (!item.deleted) row.push(...item.content.getContent())
  return row
}

/** What every shared type has, whatever it was opened as. */
type Root = { readonly _map: ReadonlyMap<string, Y.Item>; readonly _start: Y.Item | null }
