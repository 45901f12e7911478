/**
 * The first look at an update from a socket, before it touches the document: size, whether it is one V1 update at all,
 * and whose structs it holds. Keeps SPEC rules DOC-8, DOC-9 and DOC-22 (F55, F56, F57, F59).
 */
import * as Y from "yjs"
import type { Parsed } from "../../shared/protocol/parse.ts"
import { MAX_UPDATE_BYTES } from "../../shared/sync/messages.ts"
import { scanUpdate, type Ends } from "../../shared/sync/scan-update.ts"

/** Shortest V1 update: no structs, no deletions. */
const MIN_UPDATE_BYTES = 2

/** What is known of an update that passed: where the structs of each Yjs client end. */
export interface CheckedUpdate {
  readonly update: Uint8Array
  /** Yjs client id -> clock after its last struct in here. */
  readonly ends: Ends
}

/** Whether `update` is a V1 update of bounded size that this document could take. */
export const checkUpdate = (update: Uint8Array): Parsed<CheckedUpdate> => {
  if (update.length < MIN_UPDATE_BYTES)
    return { ok: false, error: `an update has ${MIN_UPDATE_BYTES} bytes or more, this one ${update.length}` }
  if (update.length > MAX_UPDATE_BYTES)
    return { ok: false, error: `an update has at most ${MAX_UPDATE_BYTES} bytes, this one ${update.length}` }
  const scanned = scanUpdate(update)
  return scanned.ok ? { ok: true, value: { update, ends: scanned.value } } : scanned
}

/** The Yjs clients of which an update has structs that `doc` does not have. */
export const newClients = (checked: CheckedUpdate, doc: Y.Doc): readonly number[] =>
  [...checked.ends].flatMap(([client, end]) => (end > Y.getState(doc.store, client) ? [client] : []))
