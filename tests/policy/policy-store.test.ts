import { expect, test } from "vitest"
import { PolicyStore } from "../../extension/policy/policy-store.ts"
import type { ClientPolicy } from "../../shared/policy/client-policy.ts"
import { anyOf, PAYLOAD_TYPE, sealEnvelope, type Certificate } from "../../shared/protocol/envelope.ts"
import { makeKey, verifySignature } from "../support/keys.ts"
import { standingPolicy } from "../support/policies.ts"

const NOW = 10_000

const publisher = await makeKey()
const online = await makeKey()
const certify = (changes: Partial<Certificate> = {}, by = publisher) =>
  sealEnvelope(
    PAYLOAD_TYPE.certificate,
    { format: 1, service: "schedule", key: online.publicKey, notBefore: 0, notAfter: 20_000, ...changes },
    by.publicKey.id,
    by.sign
  )
const seal = (policy: unknown, by = online) => sealEnvelope(PAYLOAD_TYPE.policy, policy, by.publicKey.id, by.sign)
const signed = async (changes: Partial<ClientPolicy> = {}) => ({
  policy: await seal(standingPolicy(changes)),
  certificate: await certify()
})

const open = async () => {
  const disk: { held: unknown } = { held: undefined }
  const reopen = (now = NOW) =>
    PolicyStore.open({
      service: "schedule",
      origin: "http://www.sample.com",
      publisher: () => anyOf([publisher.publicKey]),
      renewPublisher: () => Promise.resolve(),
      verify: verifySignature,
      now: () => now,
      load: () => Promise.resolve(disk.held),
      store: (held) => Promise.resolve(void (disk.held = held))
    })
  return { store: await reopen(), reopen, disk }
}

test("[CON-1] [CON-2] a policy is verified, stored, and in force; the same again changes nothing (F6)", async () => {
  const { store, reopen } = await open()
  expect(store.held).toBeNull()
  expect(await store.take(await signed())).toEqual({ ok: true, value: "new" })
  expect(await store.take(await signed())).toEqual({ ok: true, value: "repeated" })
  expect((await reopen()).serial).toBe(7)
})

test("[CON-1] [F2] one that is installed stays in force after its dates", async () => {
  const { store, reopen } = await open()
  await store.take(await signed())
  expect((await reopen(9_000_000)).held?.serial).toBe(7)
})

test.each([
  ["[F1] an older one", () => signed({ serial: 6 }), /older/],
  ["[F2] an expired one", () => signed({ serial: 8, expires: NOW - 1 }), /expired/],
  ["[F4] one for another service", () => signed({ serial: 8, service: "mail" }), /service mail/],
  ["[F4] one for another origin", () => signed({ serial: 8, origin: "http://evil.example" }), /origin/],
  [
    "[F3] one that somebody else signed",
    async () => ({ policy: await seal(standingPolicy({ serial: 8 }), publisher), certificate: await certify() }),
    /signature/
  ],
  [
    "[F3] one whose certificate somebody else signed",
    async () => ({ policy: await seal(standingPolicy({ serial: 8 })), certificate: await certify({}, online) }),
    /signature/
  ],
  [
    "[F3] one whose certificate has ended",
    async () => ({ policy: await seal(standingPolicy({ serial: 8 })), certificate: await certify({ notAfter: 5 }) }),
    /valid from/
  ],
  [
    "[F14] one of a newer format",
    async () => ({ policy: await seal({ ...standingPolicy({ serial: 8 }), format: 2 }), certificate: await certify() }),
    /format/
  ],
  [
    "[F14] one with an unknown field",
    async () => ({ policy: await seal({ ...standingPolicy({ serial: 8 }), x: 1 }), certificate: await certify() }),
    /x/
  ]
])("%s changes nothing and says why", async (_what, make, why) => {
  const { store, disk } = await open()
  await store.take(await signed())
  const before = disk.held
  const taken = await store.take(await make())
  expect(taken).toMatchObject({ ok: false })
  expect(taken.ok ? "" : taken.error).toMatch(why)
  expect(store.serial).toBe(7)
  expect(disk.held).toBe(before)
})

const DAY_MS = 24 * 60 * 60 * 1000

test.each([
  ["behind", -DAY_MS],
  ["ahead", DAY_MS]
])("[F7] [SIG-4] the client's clock is a day %s: the serial alone says which policy is newer", async (_, off) => {
  const made = 100 * DAY_MS
  const { reopen } = await open()
  const store = await reopen(made + off)
  const dates = { issued: made, expires: made + 30 * DAY_MS }
  const certificate = await certify({ notBefore: made, notAfter: made + 365 * DAY_MS })
  const take = async (serial: number) =>
    store.take({ policy: await seal(standingPolicy({ ...dates, serial })), certificate })
  expect(await take(8)).toEqual({ ok: true, value: "new" })
  expect(await take(7)).toMatchObject({ ok: false, error: expect.stringContaining("older") })
  expect(await take(9)).toEqual({ ok: true, value: "new" })
  expect(store.serial).toBe(9)
})
