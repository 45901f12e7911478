/**
 * Signed statements: a DSSE envelope (https://github.com/secure-systems-lab/dsse, v1) over JSON, with Ed25519 keys.
 * The signature covers the payload type, so that a release can never pass for a policy, and there is no algorithm
 * field that an attacker could strip (F3). Keeps SPEC rules SIG-1 to SIG-5. Verification itself is a port: shared/ has no crypto.
 */
import * as v from "valibot"
import { fromBase64, toBase64 } from "lib0/buffer"
import { decodeUtf8, encodeUtf8 } from "lib0/string"
import { parse, parseJson, type Parsed } from "./parse.ts"
import { ServiceNameSchema, TimeMsSchema } from "./names.ts"

/** What a signed payload is; part of what is signed. */
export const PAYLOAD_TYPE = {
  policy: "application/vnd.locum.client-policy+json",
  release: "application/vnd.locum.release+json",
  service: "application/vnd.locum.service+json",
  certificate: "application/vnd.locum.certificate+json",
  root: "application/vnd.locum.root+json",
  current: "application/vnd.locum.current+json"
} as const
export type PayloadType = (typeof PAYLOAD_TYPE)[keyof typeof PAYLOAD_TYPE]

/** Padded, so that decoding what passed never throws. */
const Base64Schema = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9+/]*={0,2}$/, "must be base64"),
  v.check((text) => text.length % 4 === 0, "must be base64 with a length that is a multiple of 4")
)

/** A public key: id = first 16 hex digits of the SHA-256 of its 32 raw bytes; `raw` is base64. */
export const PublicKeySchema = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/, "must be 16 hex digits")),
  raw: v.pipe(Base64Schema, v.length(44))
})
export type PublicKey = v.InferOutput<typeof PublicKeySchema>

/** Keys, and how many of them have to sign. */
export interface Publisher {
  readonly keys: readonly PublicKey[]
  readonly threshold: number
}

/** One envelope on the wire; at most 1 MiB of payload and 8 signatures. */
export const EnvelopeSchema = v.strictObject({
  payloadType: v.picklist(Object.values(PAYLOAD_TYPE)),
  payload: v.pipe(Base64Schema, v.maxLength(1_400_000)),
  signatures: v.pipe(
    v.array(v.strictObject({ keyid: v.string(), sig: v.pipe(Base64Schema, v.length(88)) })),
    v.minLength(1),
    v.maxLength(8)
  )
})
export type Envelope = v.InferOutput<typeof EnvelopeSchema>

/** A publisher's word for an online key: that service's policies may be signed with it until `notAfter`. */
export const CertificateSchema = v.strictObject({
  format: v.literal(1),
  service: ServiceNameSchema,
  key: PublicKeySchema,
  notBefore: TimeMsSchema,
  notAfter: TimeMsSchema
})
export type Certificate = v.InferOutput<typeof CertificateSchema>

/** Port: true when `signature` (64 bytes) over `data` is the Ed25519 signature of the key whose 32 raw bytes are given. */
export type VerifySignature = (rawKey: Uint8Array, signature: Uint8Array, data: Uint8Array) => Promise<boolean>

/** Port: the 64-byte Ed25519 signature of `data`. */
export type SignBytes = (data: Uint8Array) => Promise<Uint8Array>

const isAscii = (text: string): boolean => /^[\x20-\x7e]*$/.test(text)

/** DSSE's pre-authentication encoding: what is really signed. */
export const preAuthEncoding = (payloadType: string, payload: Uint8Array): Uint8Array => {
  if (!isAscii(payloadType)) throw new TypeError(`payload type must be ASCII: ${payloadType}`)
  const head = encodeUtf8(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `)
  const bytes = new Uint8Array(head.length + payload.length)
  bytes.set(head)
  bytes.set(payload, head.length)
  return bytes
}

/** Signs a JSON value under a payload type with one key. */
export const sealEnvelope = async (
  payloadType: PayloadType,
  value: unknown,
  keyid: string,
  sign: SignBytes
): Promise<Envelope> => {
  const payload = encodeUtf8(JSON.stringify(value))
  const sig = await sign(preAuthEncoding(payloadType, payload))
  return { payloadType, payload: toBase64(payload), signatures: [{ keyid, sig: toBase64(sig) }] }
}

/** Whoever holds one of these keys signs alone. */
export const anyOf = (keys: readonly PublicKey[]): Publisher => ({ keys, threshold: 1 })

/** Adds a signature by another key to an envelope; one by the same key is replaced. */
export const addSignature = async (envelope: Envelope, keyid: string, sign: SignBytes): Promise<Envelope> => {
  const sig = await sign(preAuthEncoding(envelope.payloadType, fromBase64(envelope.payload)))
  const others = envelope.signatures.filter((signature) => signature.keyid !== keyid)
  return { ...envelope, signatures: [...others, { keyid, sig: toBase64(sig) }] }
}

/**
 * Opens an envelope: type, valid signatures by as many different keys as it takes, then the payload's schema; in this order, so
 * that nothing unsigned is ever interpreted (SIG-2, SIG-6).
 * @param input what came from the wire
 * @param signers the keys that may sign this type, and how many of them must
 * @returns the payload, or why it is refused
 */
export const openEnvelope = async <const S extends v.GenericSchema>(
  input: unknown,
  payloadType: PayloadType,
  schema: S,
  signers: Publisher,
  verify: VerifySignature
): Promise<Parsed<v.InferOutput<S>>> => {
  const envelope = parse(EnvelopeSchema, input)
  if (!envelope.ok) return { ok: false, error: `envelope: ${envelope.error}` }
  if (envelope.value.payloadType !== payloadType)
    return { ok: false, error: `envelope: payload type is ${envelope.value.payloadType}, expected ${payloadType}` }
  const payload = fromBase64(envelope.value.payload)
  const signed = await signersOf(envelope.value, payload, signers.keys, verify)
  if (signed.size < signers.threshold) {
    const known = signers.keys.map((key) => key.id).join(", ")
    const of =
      signers.threshold === 1 ? "no valid signature" : `${signed.size} valid signatures of ${signers.threshold}`
    return { ok: false, error: `envelope: ${of} by a known key (${known})` }
  }
  return parseJson(schema, decodeUtf8(payload))
}

/** The signed bytes of an envelope that was opened; what they are known by is their SHA-256. Throws on anything else. */
export const payloadOf = (input: unknown): Uint8Array => fromBase64(v.parse(EnvelopeSchema, input).payload)

/** The keys whose valid signatures it has, by what they really are: a key counts once, under whatever name. */
const signersOf = async (
  envelope: Envelope,
  payload: Uint8Array,
  keys: readonly PublicKey[],
  verify: VerifySignature
): Promise<ReadonlySet<string>> => {
  const data = preAuthEncoding(envelope.payloadType, payload)
  const signed = new Set<string>()
  for (const { keyid, sig } of envelope.signatures) {
    const key = keys.find((candidate) => candidate.id === keyid)
    if (key !== undefined && (await verify(fromBase64(key.raw), fromBase64(sig), data))) signed.add(key.raw)
  }
  return signed
}

/** A certificate counts so long before its date: a client's clock may be a day behind, and it may have been made today (F7). */
const CLOCK_BEHIND_MS = 2 * 24 * 60 * 60 * 1000

/**
 * The online key that may sign a service's policies and lists now: from a certificate that its publisher signed.
 * @param now milliseconds; a certificate outside its dates vouches for nothing, but for two days before them (SIG-4)
 */
export const openCertificate = async (
  input: unknown,
  service: string,
  publisher: Publisher,
  now: number,
  verify: VerifySignature
): Promise<Parsed<Certificate>> => {
  const opened = await openEnvelope(input, PAYLOAD_TYPE.certificate, CertificateSchema, publisher, verify)
  if (!opened.ok) return opened
  const { value } = opened
  if (value.service !== service)
    return { ok: false, error: `certificate: for service ${value.service}, expected ${service}` }
  if (now < value.notBefore - CLOCK_BEHIND_MS || now > value.notAfter)
    return { ok: false, error: `certificate: valid from ${value.notBefore} to ${value.notAfter}, now is ${now}` }
  return opened
}
