// Development keys, made at first use in build/keys/: the publisher's pair, which signs releases, and the online pair, with
// which a service controller signs policies. A real publisher keeps his key elsewhere and never on the server (SIG-3).
import { createHash, generateKeyPair, webcrypto } from "node:crypto"
import { chmodSync, existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import * as v from "valibot"
import { EnvelopeSchema, type Envelope, type PublicKey, type SignBytes } from "../../shared/protocol/envelope.ts"
import { PublisherKeysSchema, ThresholdSchema } from "../../shared/release/publisher.ts"
import { jsonText, writeFile } from "./write-file.ts"

const DAY_MS = 24 * 60 * 60 * 1000
/** Development keys that are older are replaced. */
const KEY_LIFE_MS = 180 * DAY_MS
/** How long what they sign is valid, from when they were made. */
const SIGNED_LIFE_MS = 365 * DAY_MS

/** A private key that signs, and the public half that verifies. */
export interface Signer {
  readonly key: PublicKey
  readonly sign: SignBytes
  /** The private key as JWK text, as the edge's LOCUM_ONLINE_KEY wants it. */
  readonly jwk: string
}

/** Who may sign: the keys that were pinned first, how many of them it takes, and each change since, signed (SIG-6 to SIG-8). */
export interface Trust {
  readonly publisherKeys: readonly PublicKey[]
  readonly threshold: number
  readonly roots: readonly Envelope[]
}

const TrustSchema = v.strictObject({
  publisherKeys: PublisherKeysSchema,
  threshold: ThresholdSchema,
  roots: v.array(EnvelopeSchema)
})

/** The keys of this working copy. Times in milliseconds since 1970: the same for every build with the same keys. */
export interface Keys {
  readonly publisher: Signer
  /** More of the publisher's keys that lie in the same folder. */
  readonly cosigners: readonly Signer[]
  readonly trust: Trust
  readonly online: Signer
  readonly issued: number
  readonly expires: number
}

/** Reads the keys of a folder; makes them when there are none, or only old ones: for development. */
export async function openKeys(folder: string, now: number): Promise<Keys> {
  const keys = await readKeys(folder)
  if (keys !== undefined && now - keys.issued <= KEY_LIFE_MS) return keys
  await makeKeys(folder, now)
  return openKeys(folder, now)
}

/** The keys of a folder, undefined when there are none. */
export async function readKeys(folder: string): Promise<Keys | undefined> {
  const issued = readTime(join(folder, "made.json"))
  if (issued === undefined) return undefined
  const [[publisher, ...cosigners], online] = await Promise.all([
    readPublisherSigners(folder),
    readSigner(folder, "online")
  ])
  if (publisher === undefined) return undefined
  const trust = readTrust(folder) ?? { publisherKeys: [publisher.key], threshold: 1, roots: [] }
  return { publisher, cosigners, online, trust, issued, expires: issued + SIGNED_LIFE_MS }
}

/** Every key of the publisher that lies in a folder. */
export async function readPublisherSigners(folder: string): Promise<readonly Signer[]> {
  const files = existsSync(folder) ? readdirSync(folder).toSorted() : []
  const names = files.flatMap((file) => /^(publisher(?:-\d+)?)\.jwk\.json$/.exec(file)?.[1] ?? [])
  return Promise.all(names.toSorted((a, b) => a.length - b.length).map((name) => readSigner(folder, name)))
}

const trustFile = (folder: string): string => join(folder, "trust.json")

/** Who may sign; undefined when the folder does not say. */
export function readTrust(folder: string): Trust | undefined {
  const file = trustFile(folder)
  return existsSync(file) ? v.parse(TrustSchema, JSON.parse(readFileSync(file, "utf8"))) : undefined
}

/** Stores who may sign; it is no secret, and lies beside every key of the publisher. */
export function writeTrust(folder: string, trust: Trust): void {
  writeFile(trustFile(folder), jsonText(trust))
}

/** How many keys of the publisher, and how many of them have to sign. */
export interface KeySet {
  readonly publishers: number
  readonly threshold: number
}

/** Makes new keys in a folder, over those that are there; only their owner can read them. */
export async function makeKeys(
  folder: string,
  now: number,
  { publishers, threshold }: KeySet = { publishers: 1, threshold: 1 }
): Promise<void> {
  const more = Array.from({ length: publishers - 1 }, (_, index) => `publisher-${index + 2}`)
  for (const name of ["publisher", ...more, "online"]) {
    const { privateKey } = await promisify(generateKeyPair)("ed25519")
    const file = join(folder, `${name}.jwk.json`)
    writeFile(file, JSON.stringify(privateKey.export({ format: "jwk" })))
    chmodSync(file, 0o600)
  }
  writeFile(join(folder, "made.json"), jsonText({ made: now }))
  const signers = await Promise.all(["publisher", ...more].map((name) => readSigner(folder, name)))
  writeTrust(folder, { publisherKeys: signers.map(({ key }) => key), threshold, roots: [] })
}

async function readSigner(folder: string, name: string): Promise<Signer> {
  const jwk = readFileSync(join(folder, `${name}.jwk.json`), "utf8")
  const parsed = JSON.parse(jwk) as webcrypto.JsonWebKey // WebCrypto checks every field
  const key = await webcrypto.subtle.importKey("jwk", parsed, { name: "Ed25519" }, false, ["sign"])
  const raw = Buffer.from(parsed.x ?? "", "base64url")
  const id = createHash("sha256").update(raw).digest("hex").slice(0, 16)
  const sign: SignBytes = async (data) =>
    new Uint8Array(await webcrypto.subtle.sign({ name: "Ed25519" }, key, data as Uint8Array<ArrayBuffer>))
  return { key: { id, raw: raw.toString("base64") }, sign, jwk }
}

function readTime(path: string): number | undefined {
  if (!existsSync(path)) return undefined
  const { made } = JSON.parse(readFileSync(path, "utf8")) as { made?: unknown }
  return typeof made === "number" ? made : undefined
}
