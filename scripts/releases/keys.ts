// Development keys, made at first use in build/keys/: the publisher's pair, which signs releases, and the online pair, with
// which a service controller signs policies. A real publisher keeps his key elsewhere and never on the server (SIG-3).
import { createHash, generateKeyPair, webcrypto } from "node:crypto"
import { chmodSync, existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import type { PublicKey, SignBytes } from "../../shared/protocol/envelope.ts"
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

/** The keys of this working copy. Times in milliseconds since 1970: the same for every build with the same keys. */
export interface Keys {
  readonly publisher: Signer
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
  const [publisher, online] = await Promise.all([readSigner(folder, "publisher"), readSigner(folder, "online")])
  return { publisher, online, issued, expires: issued + SIGNED_LIFE_MS }
}

/** Makes new keys in a folder, over those that are there; only their owner can read them. */
export async function makeKeys(folder: string, now: number): Promise<void> {
  for (const name of ["publisher", "online"]) {
    const { privateKey } = await promisify(generateKeyPair)("ed25519")
    const file = join(folder, `${name}.jwk.json`)
    writeFile(file, JSON.stringify(privateKey.export({ format: "jwk" })))
    chmodSync(file, 0o600)
  }
  writeFile(join(folder, "made.json"), jsonText({ made: now }))
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
