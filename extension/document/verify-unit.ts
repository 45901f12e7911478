/**
 * The look at what an app's Worker says it changed, before any of it is stored. The Worker runs downloaded code, so its
 * word counts for nothing: the update must be one V1 update of bounded size, hold structs of the one Yjs client id that
 * the platform gave it, go on exactly where that client left off, and depend on nothing that is not here.
 * Keeps SPEC rules CLI-5 and CLI-6 (F54, F55, F59, F74).
 */
import * as Y from "yjs"
import type { Parsed } from "../../shared/protocol/parse.ts"
import { MAX_UPDATE_BYTES } from "../../shared/sync/messages.ts"
import { InsertPlaces } from "../../shared/sync/insert-places.ts"
import { scanUpdate } from "../../shared/sync/scan-update.ts"

type Struct = ReturnType<typeof Y.decodeUpdate>["structs"][number]

/** Whether `update` is what the Yjs client `client` could have done to `doc` just now; applies nothing. */
export const verifyUnit = (update: Uint8Array, client: number, doc: Y.Doc): Parsed<null> => {
  if (update.length > MAX_UPDATE_BYTES)
    return refuse(`it has ${update.length} bytes, at most ${MAX_UPDATE_BYTES} are allowed`)
  const scanned = scanUpdate(update, new InsertPlaces())
  if (!scanned.ok) return refuse(scanned.error)
  try {
    const { structs, ds } = Y.decodeUpdate(update)
    return verifyStructs(structs, ds.clients, client, doc)
  } catch (cause) {
    return refuse(`it is no V1 update (${String(cause)})`)
  }
}

const verifyStructs = (
  structs: readonly Struct[],
  deleted: ReadonlyMap<number, readonly { readonly clock: number; readonly len: number }[]>,
  client: number,
  doc: Y.Doc
): Parsed<null> => {
  let end = Y.getState(doc.store, client)
  const has = (id: Y.ID | null): boolean =>
    id === null || id.clock < (id.client === client ? end : Y.getState(doc.store, id.client))
  for (const struct of structs) {
    if (struct instanceof Y.Skip) return refuse("it has a gap")
    if (struct.id.client !== client) return refuse(`it has structs of client ${struct.id.client}, not ${client}`)
    if (struct.id.clock !== end) return refuse(`client ${client} is at clock ${end}, the update at ${struct.id.clock}`)
    if (struct instanceof Y.Item) {
      const parent = struct.parent instanceof Y.ID ? struct.parent : null
      if (![struct.origin, struct.rightOrigin, parent].every(has))
        return refuse("it depends on changes that are not here")
    }
    end += struct.length
  }
  for (const [owner, ranges] of deleted)
    for (const { clock, len } of ranges)
      if (!has(Y.createID(owner, clock + len - 1))) return refuse("it deletes what is not here")
  return { ok: true, value: null }
}

const refuse = (why: string): Parsed<null> => ({ ok: false, error: `the app's change is refused: ${why}` })
