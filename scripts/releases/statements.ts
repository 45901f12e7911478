// What a publisher signs, with as many of his keys as are here. Holders of other keys add their signatures to the files (SIG-6).
import { createHash, webcrypto } from "node:crypto"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as v from "valibot"
import {
  addSignature,
  EnvelopeSchema,
  payloadOf,
  sealEnvelope,
  type Envelope,
  type PayloadType,
  type VerifySignature
} from "../../shared/protocol/envelope.ts"
import { pinnedRoot, rootAfter, type Root } from "../../shared/release/publisher.ts"
import type { Keys, Signer } from "./keys.ts"
import { jsonText, writeFile } from "./write-file.ts"

/** Signs a value with every key of the publisher that is here. */
export function sealByPublisher(type: PayloadType, value: unknown, { publisher, cosigners }: Keys): Promise<Envelope> {
  return sealBy(type, value, [publisher, ...cosigners])
}

/** Signs a value with each of some keys. */
export async function sealBy(type: PayloadType, value: unknown, signers: readonly Signer[]): Promise<Envelope> {
  const [first, ...others] = signers
  if (first === undefined) throw new Error("there is no key to sign with")
  return cosign(await sealEnvelope(type, value, first.key.id, first.sign), others)
}

/** Adds a signature by each of some keys. */
export async function cosign(envelope: Envelope, signers: readonly Signer[]): Promise<Envelope> {
  let signed = envelope
  for (const { key, sign } of signers) signed = await addSignature(signed, key.id, sign)
  return signed
}

/** Where the statements about a service lie, beside its releases. */
export const statementFile = (releases: string, service: string, what: "definition" | "certificate"): string =>
  join(releases, service, "statements", `${what}.json`)

/** Every file below built releases that a publisher signs. */
export function statementFiles(releases: string): readonly string[] {
  if (!existsSync(releases)) return []
  const files = readdirSync(releases, { recursive: true, encoding: "utf8" })
  return files
    .filter((file) => /(?:^|[\\/])(?:[^\\/]+[\\/]manifest|statements[\\/](?:definition|certificate))\.json$/.test(file))
    .toSorted()
    .map((file) => join(releases, file))
}

/** A statement that lies in a file and still says what it should, with the signatures that it has; otherwise a new one. */
export async function keptStatement(
  file: string,
  type: PayloadType,
  value: unknown,
  keys: Keys,
  isStillGood: (kept: unknown) => boolean
): Promise<Envelope> {
  const kept = readStatement(file)
  const { publisher, cosigners } = keys
  const isGood = kept !== undefined && kept.payloadType === type && isStillGood(valueOf(kept))
  const statement = isGood ? await cosign(kept, [publisher, ...cosigners]) : await sealByPublisher(type, value, keys)
  writeStatement(file, statement)
  return statement
}

/** The envelope in a file, undefined when there is none. */
export function readStatement(file: string): Envelope | undefined {
  return existsSync(file) ? v.parse(EnvelopeSchema, JSON.parse(readFileSync(file, "utf8"))) : undefined
}

export function writeStatement(file: string, envelope: Envelope): void {
  writeFile(file, jsonText(envelope))
}

/** The value that an envelope carries, unverified: for whoever made it. */
const valueOf = (envelope: Envelope): unknown => JSON.parse(new TextDecoder().decode(payloadOf(envelope))) as unknown

/** SHA-256 of the signed bytes. */
export const digestOf = (envelope: Envelope): string => createHash("sha256").update(payloadOf(envelope)).digest("hex")

/** The newest set of the publisher's keys. Throws when a change of them is not signed as it has to be. */
export async function newestRoot({ trust }: Pick<Keys, "trust">, service: string): Promise<Root> {
  const root = await rootAfter(pinnedRoot(trust), trust.roots, service, verifyByNode)
  if (!root.ok) throw new Error(root.error)
  return root.value
}

export const verifyByNode: VerifySignature = async (raw, signature, data) => {
  const bytes = (array: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(array)
  const key = await webcrypto.subtle.importKey("raw", bytes(raw), { name: "Ed25519" }, false, ["verify"])
  return webcrypto.subtle.verify({ name: "Ed25519" }, key, bytes(signature), bytes(data))
}
