/**
 * Who may sign for a service: a set of publisher keys and how many of them it takes, and how that set changes (docs/decisions/publisher-keys.md;
 * TUF's root role). Keeps SPEC rules SIG-6 to SIG-8.
 */
import * as v from "valibot"
import {
  openEnvelope,
  PAYLOAD_TYPE,
  PublicKeySchema,
  type PublicKey,
  type Publisher,
  type VerifySignature
} from "../protocol/envelope.ts"
import { ServiceNameSchema, TimeMsSchema } from "../protocol/names.ts"
import type { Parsed } from "../protocol/parse.ts"

/** Most changes of keys that are walked through at once. */
export const MAX_ROOTS = 64

export const PublisherKeysSchema = v.pipe(v.array(PublicKeySchema), v.minLength(1), v.maxLength(8))
export const ThresholdSchema = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(8))

/** A key twice would count twice for whoever has it once. */
export const isPublisher = ({ keys, threshold }: Publisher): boolean =>
  threshold <= keys.length && new Set(keys.map(({ raw }) => raw)).size === keys.length

export const RootSchema = v.pipe(
  v.strictObject({
    format: v.literal(1),
    service: ServiceNameSchema,
    /** One more than that of the set before; the pinned set is 0. */
    version: v.pipe(v.number(), v.integer(), v.minValue(1)),
    keys: PublisherKeysSchema,
    threshold: ThresholdSchema,
    /** After this nothing new is installed until another root is there; what is installed runs. */
    expires: TimeMsSchema
  }),
  v.check((root) => isPublisher(root), "threshold: at most as many as there are different keys")
)

/** As it is stored. */
export const StoredRootSchema = v.strictObject({
  version: v.pipe(v.number(), v.integer(), v.minValue(0)),
  keys: PublisherKeysSchema,
  threshold: ThresholdSchema,
  expires: v.nullable(TimeMsSchema)
})

/** A set of publisher keys as a client trusts it. */
export interface Root extends Publisher {
  /** 0: as it was pinned. */
  readonly version: number
  readonly expires: number | null
}

/** As an extension's build, or the moment when a person added a service, pins it. */
export interface PinnedKeys {
  readonly publisherKeys: readonly PublicKey[]
  readonly threshold?: number
  readonly rootVersion?: number
}

export const pinnedRoot = ({ publisherKeys, threshold = 1, rootVersion = 0 }: PinnedKeys): Root => ({
  keys: publisherKeys,
  threshold,
  version: rootVersion,
  expires: null
})

/**
 * The newest set that the statements lead to, one version after the other, each signed by the threshold of the set before it and by its own.
 * What comes before the held version is skipped. An error: a statement in between is not what it should be, and the held set stays.
 * @param statements what came from the wire, in their order
 */
export const rootAfter = async (
  held: Root,
  statements: readonly unknown[],
  service: string,
  verify: VerifySignature
): Promise<Parsed<Root>> => {
  let root = held
  for (const statement of statements.slice(held.version, held.version + MAX_ROOTS)) {
    const next = await openEnvelope(statement, PAYLOAD_TYPE.root, RootSchema, root, verify)
    if (!next.ok) return { ok: false, error: `root ${root.version + 1}: ${next.error}` }
    const { version, keys, threshold, expires } = next.value
    if (next.value.service !== service)
      return { ok: false, error: `root ${version}: for service ${next.value.service}` }
    if (version !== root.version + 1) return { ok: false, error: `root ${version} comes after ${root.version}` }
    const bySelf = await openEnvelope(statement, PAYLOAD_TYPE.root, RootSchema, { keys, threshold }, verify)
    if (!bySelf.ok) return { ok: false, error: `root ${version}: not signed by its own keys (${bySelf.error})` }
    root = { version, keys, threshold, expires }
  }
  return { ok: true, value: root }
}
