/**
 * The first look at an update from a socket, before it touches the document: size, whether it is one V1 update at all,
 * and whose structs it holds. Keeps SPEC rules DOC-8, DOC-9 and DOC-22 (F55, F56, F57, F59).
 */
import * as Y from "yjs"
import type { Parsed } from "../../shared/protocol/parse.ts"
import { MAX_UPDATE_BYTES } from "../../shared/sync/messages.ts"
import { scanUpdate, type ScannedUpdate } from "../../shared/sync/scan-update.ts"

/** Shortest V1 update: no structs, no deletions. */
const MIN_UPDATE_BYTES = 2

/** An update that passed, and what is known of it. */
export interface CheckedUpdate extends ScannedUpdate {
  readonly update: Uint8Array
}

/** Whether `update` is a V1 update of bounded size that this document could take. */
export const checkUpdate = (update: Uint8Array): Parsed<CheckedUpdate> => {
  if (update.length < MIN_UPDATE_BYTES)
    return { ok: false, error: `an update has ${MIN_UPDATE_BYTES} bytes or more, this one ${update.length}` }
  if (update.length > MAX_UPDATE_BYTES)
    return { ok: false, error: `an update has at most ${MAX_UPDATE_BYTES} bytes, this one ${update.length}` }
  const scanned = scanUpdate(update)
  return scanned.ok ? { ok: true, value: { update, ...scanned.value } } : scanned
}

/** The Yjs clients of which an update has structs that `doc` does not have. */
export const newClients = (checked: CheckedUpdate, doc: Y.Doc): readonly number[] =>
  [...checked.ends].flatMap(([client, end]) => (end > Y.getState(doc.store, client) ? [client] : []))

/** How many structs an update adds to `doc` at the most, counted without looking into it. */
export const mostNewStructs = (checked: CheckedUpdate, doc: Y.Doc): number =>
  newStructs(checked, doc) + 2 * checked.deletions

/** The same, with what its deletions take apart found out by looking. */
export const countNewStructs = (checked: CheckedUpdate, doc: Y.Doc): number =>
  newStructs(checked, doc) + (checked.deletions === 0 ? 0 : countSplits(checked.update, doc))

/** Each struct is one clock long or more, and what is there already may be among them. */
const newStructs = ({ ends, structs }: CheckedUpdate, doc: Y.Doc): number => {
  let count = 0
  for (const [client, end] of ends)
    count += Math.max(0, Math.min(structs.get(client) ?? 0, end - Y.getState(doc.store, client)))
  return count
}

/** A struct comes into being wherever a range begins or ends inside of something that is not deleted. */
const countSplits = (update: Uint8Array, doc: Y.Doc): number => {
  const { structs, ds } = Y.decodeUpdate(update)
  const starts = new Map<number, Set<number>>()
  for (const { id } of structs) starts.set(id.client, (starts.get(id.client) ?? new Set()).add(id.clock))
  let count = 0
  for (const [client, ranges] of ds.clients) {
    const state = Y.getState(doc.store, client)
    const isSplit = (clock: number): boolean =>
      clock < state
        ? isInside(Y.getItem(doc.store, Y.createID(client, clock)), clock)
        : starts.get(client)?.has(clock) === false
    for (const { clock, len } of ranges) for (const edge of [clock, clock + len]) if (isSplit(edge)) count++
  }
  return count
}

const isInside = (struct: Y.Item, clock: number): boolean => struct.id.clock !== clock && !struct.deleted
