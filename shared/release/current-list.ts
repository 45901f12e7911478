/**
 * What is current: a short-lived list of the releases that a service publishes, by serial and digest, with what belongs to them; signed
 * by the online key (TUF's snapshot and timestamp in one). It says that a client is told what everybody is told now. Keeps SPEC rules REL-14 to REL-16.
 */
import * as v from "valibot"
import { ReleaseIdSchema, SerialSchema, ServiceNameSchema, Sha256Schema, TimeMsSchema } from "../protocol/names.ts"
import type { Parsed } from "../protocol/parse.ts"

/** How long a list counts. Signed anew long before that by an edge that works. */
export const CURRENT_FOR_MS = 7 * 24 * 60 * 60 * 1000
/** A client's clock may be so far behind (F7). */
const CLOCK_BEHIND_MS = 2 * 24 * 60 * 60 * 1000

export const CurrentListSchema = v.strictObject({
  format: v.literal(1),
  service: ServiceNameSchema,
  /** Only rises. */
  version: SerialSchema,
  /** Version of the newest set of publisher keys. */
  root: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** SHA-256 of the signed definition. */
  definition: Sha256Schema,
  releases: v.pipe(
    v.array(v.strictObject({ release: ReleaseIdSchema, serial: SerialSchema, digest: Sha256Schema })),
    v.minLength(1),
    v.maxLength(20)
  ),
  issued: TimeMsSchema,
  expires: TimeMsSchema
})
export type CurrentList = v.InferOutput<typeof CurrentListSchema>

/** What a client has seen: the newest list's version, and which online key had signed it, certified since when. */
export const SeenListSchema = v.strictObject({
  version: SerialSchema,
  keyid: v.string(),
  certifiedAt: TimeMsSchema
})
export type SeenList = v.InferOutput<typeof SeenListSchema>

export const NOTHING_SEEN: SeenList = { version: 0, keyid: "", certifiedAt: 0 }

/** Whose list it is. */
export interface ListSigner {
  readonly keyid: string
  /** `notBefore` of the certificate. */
  readonly certifiedAt: number
}

/**
 * Whether a verified list may be gone by: not over, not older than one that was seen. A newer certificate's key begins anew, which is the way
 * out when somebody had the old one and drove its versions up (TUF: fast-forward); an older certificate's does not count any more.
 */
export const admitList = (
  list: CurrentList,
  signer: ListSigner,
  holder: { readonly service: string; readonly root: number; readonly seen: SeenList; readonly now: number }
): Parsed<SeenList> => {
  const { seen, now } = holder
  const refuse = (error: string): Parsed<never> => ({ ok: false, error: `list ${list.version}: ${error}` })
  if (list.service !== holder.service) return refuse(`of service ${list.service}`)
  if (list.expires <= now) return refuse(`ended at ${list.expires}: this client is not told what is current`)
  if (list.issued > now + CLOCK_BEHIND_MS) return refuse(`signed at ${list.issued}, now is ${now}`)
  if (list.expires - list.issued > CURRENT_FOR_MS) return refuse(`counts for more than ${CURRENT_FOR_MS} ms`)
  if (list.root !== holder.root) return refuse(`it goes with root ${list.root}, ${holder.root} is the newest that came`)
  const isNewKey = signer.keyid !== seen.keyid
  if (isNewKey && signer.certifiedAt <= seen.certifiedAt && seen.keyid !== "")
    return refuse(`key ${signer.keyid} was certified before ${seen.keyid}, whose lists were seen`)
  if (!isNewKey && list.version < seen.version) return refuse(`${seen.version} was seen`)
  return { ok: true, value: { version: list.version, ...signer } }
}
