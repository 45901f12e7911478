import { expect, test } from "vitest"
import { fromBase64, toBase64 } from "lib0/buffer"
import {
  anyOf,
  openCertificate,
  openEnvelope,
  PAYLOAD_TYPE,
  sealEnvelope,
  type Envelope
} from "../../shared/protocol/envelope.ts"
import { ClientPolicySchema } from "../../shared/policy/client-policy.ts"
import { makeKey, verifySignature } from "../support/keys.ts"
import { standingPolicy } from "../support/policies.ts"

const online = await makeKey()
const other = await makeKey()
const sealed = await sealEnvelope(PAYLOAD_TYPE.policy, standingPolicy(), online.publicKey.id, online.sign)
const open = (envelope: unknown) =>
  openEnvelope(envelope, PAYLOAD_TYPE.policy, ClientPolicySchema, anyOf([online.publicKey]), verifySignature)

test("[SIG-1] a signed policy opens to what was sealed", async () => {
  expect(await open(sealed)).toEqual({ ok: true, value: standingPolicy() })
})

test("[F3] a flipped bit anywhere in the payload or the signature is refused", async () => {
  const payload = fromBase64(sealed.payload)
  for (let at = 0; at < payload.length; at += 7) {
    const changed = payload.slice()
    changed[at] = (changed[at] ?? 0) ^ 1
    expect((await open({ ...sealed, payload: toBase64(changed) })).ok).toBe(false)
  }
  const sig = fromBase64(sealed.signatures[0]?.sig ?? "")
  sig[3] = (sig[3] ?? 0) ^ 1
  expect((await open({ ...sealed, signatures: [{ keyid: online.publicKey.id, sig: toBase64(sig) }] })).ok).toBe(false)
})

test("[F3] another key, also one that claims the known key's id, is refused", async () => {
  const byOther = await sealEnvelope(PAYLOAD_TYPE.policy, standingPolicy(), other.publicKey.id, other.sign)
  const lying = await sealEnvelope(PAYLOAD_TYPE.policy, standingPolicy(), online.publicKey.id, other.sign)
  expect((await open(byOther)).ok).toBe(false)
  expect((await open(lying)).ok).toBe(false)
})

test("[F3] [SIG-5] no signature, a bare payload, or an added algorithm field is refused", async () => {
  expect((await open({ ...sealed, signatures: [] })).ok).toBe(false)
  expect((await open(standingPolicy())).ok).toBe(false)
  expect((await open({ ...sealed, alg: "none" })).ok).toBe(false)
})

test("[F3] [SIG-2] text that looks like base64 and is none is refused, not thrown", async () => {
  // A browser's decoder throws on these, Node's does not: the schema has to say it.
  for (const payload of ["A", "AB=", "AAAA=", "AAAAA"])
    expect(await open({ ...sealed, payload })).toMatchObject({ ok: false, error: expect.stringContaining("base64") })
})

test("[SIG-1] what was signed as one type does not pass for another", async () => {
  const release: Envelope = await sealEnvelope(PAYLOAD_TYPE.release, standingPolicy(), online.publicKey.id, online.sign)
  expect((await open(release)).ok).toBe(false)
  expect((await open({ ...release, payloadType: PAYLOAD_TYPE.policy })).ok).toBe(false)
})

const DAY_MS = 24 * 60 * 60 * 1000

test("[SIG-4] a certificate vouches for one service, within its dates, when a publisher signed it", async () => {
  const certificate = {
    format: 1,
    service: "schedule",
    key: online.publicKey,
    notBefore: 100 * DAY_MS,
    notAfter: 200 * DAY_MS
  }
  const publisher = other
  const envelope = await sealEnvelope(PAYLOAD_TYPE.certificate, certificate, publisher.publicKey.id, publisher.sign)
  const at = (now: number, service = "schedule", key = publisher.publicKey) =>
    openCertificate(envelope, service, anyOf([key]), now, verifySignature)
  expect(await at(150 * DAY_MS)).toEqual({ ok: true, value: certificate })
  expect((await at(97 * DAY_MS)).ok).toBe(false)
  expect((await at(200 * DAY_MS + 1)).ok).toBe(false)
  expect((await at(150 * DAY_MS, "mail")).ok).toBe(false)
  expect((await at(150 * DAY_MS, "schedule", online.publicKey)).ok).toBe(false)
})
