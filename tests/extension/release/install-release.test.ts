import { createHash } from "node:crypto"
import { beforeEach, expect, test } from "vitest"
import { inflate } from "../../../extension/platform/inflate.ts"
import { installRelease, type InstallPorts, type Trial } from "../../../extension/release/install-release.ts"
import { ReleaseStore } from "../../../extension/release/release-store.ts"
import { PAYLOAD_TYPE, sealEnvelope, type PayloadType } from "../../../shared/protocol/envelope.ts"
import type { ReleaseManifest } from "../../../shared/release/manifest.ts"
import { PLAIN_SELF_TEST } from "../../../shared/release/self-test.ts"
import { makeKey, verifySignature } from "../../support/keys.ts"
import { MemoryReleaseStorage } from "../../support/memory-release-storage.ts"
import { siteFetch } from "../../support/site-fetch.ts"

const { publicKey, sign } = await makeKey()
const stranger = await makeKey()
const sha256 = (bytes: Uint8Array): Promise<string> => Promise.resolve(createHash("sha256").update(bytes).digest("hex"))

let storage: MemoryReleaseStorage
let store: ReleaseStore
let nonces: number
let paths: Map<string, Uint8Array<ArrayBuffer>>
let fetched: string[]
let progress: string[]
let trial: Trial

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

const ports = (): InstallPorts => ({
  store,
  origin: "http://x",
  digest: null,
  publisherKeys: [publicKey],
  fetchBytes: (url, limit) => {
    fetched.push(url)
    const found = paths.get(url.slice("http://x".length))
    if (found === undefined) return Promise.resolve({ ok: false, error: `${url} was answered 404` })
    return Promise.resolve(
      found.length > limit ? { ok: false, error: `${url} has more than ${limit} bytes` } : { ok: true, value: found }
    )
  },
  fetchFrom: (url, from, sink) => {
    fetched.push(url)
    return siteFetch(paths)(url, from, sink)
  },
  inflate,
  setTimer: () => () => undefined,
  onProgress: ({ received, total }) => void progress.push(`${received}/${total}`),
  sha256,
  verify: verifySignature,
  now: () => 1000,
  newNonce: () => String(++nonces),
  tryOut: () => Promise.resolve(trial)
})

interface Spoiled {
  readonly as?: string
  readonly signer?: typeof stranger
  readonly type?: PayloadType
  readonly manifest?: Partial<ReleaseManifest>
}

/** Publishes `schedule@<version>`; `spoiled` says what is wrong with it. */
const publish = async (version: string, serial: number, spoiled: Spoiled = {}): Promise<string> => {
  const content = bytes(`app ${version}`)
  const hash = await sha256(content)
  const files = [{ path: "app.js", sha256: hash, size: content.length, type: "text/javascript" }]
  const manifest = {
    format: 1,
    name: "schedule",
    version,
    serial,
    schema: 1,
    reads: [1, 1],
    entry: "app.js",
    files,
    selfTest: PLAIN_SELF_TEST,
    issued: 1,
    expires: 2000,
    ...spoiled.manifest
  }
  const signer = spoiled.signer ?? { publicKey, sign }
  const envelope = await sealEnvelope(spoiled.type ?? PAYLOAD_TYPE.release, manifest, signer.publicKey.id, signer.sign)
  paths.set(`/_locum/releases/schedule/${spoiled.as ?? version}`, bytes(JSON.stringify(envelope)))
  paths.set(`/_locum/files/${hash}`, content)
  return `/_locum/files/${hash}`
}

beforeEach(async () => {
  storage = new MemoryReleaseStorage()
  store = await ReleaseStore.open(storage, sha256)
  nonces = 0
  paths = new Map()
  fetched = []
  progress = []
  trial = { ok: true }
})

test("[REL-3] a release is fetched, verified, tried and made the active one", async () => {
  await publish("1.0.0", 1)
  expect(await installRelease("schedule@1.0.0", ports())).toMatchObject({ ok: true })
  expect(store.active).toMatchObject({ version: "1.0.0" })
})

test("[REL-4] the way back to the held release fetches nothing", async () => {
  await publish("1.0.0", 1)
  await publish("2.0.0", 2)
  await installRelease("schedule@1.0.0", ports())
  await installRelease("schedule@2.0.0", ports())
  fetched = []
  expect(await installRelease("schedule@1.0.0", ports())).toMatchObject({ ok: true })
  expect([fetched, store.active?.version, store.slots.serial]).toEqual([[], "1.0.0", 2])
})

test("[F67] wrong name, foreign key, other kind of statement, lower serial, expired: the old release runs on", async () => {
  await publish("1.0.0", 5)
  await installRelease("schedule@1.0.0", ports())
  const bad: readonly Spoiled[] = [
    { as: "3.0.0" },
    { signer: stranger },
    { type: PAYLOAD_TYPE.service },
    { manifest: { serial: 4 } },
    { manifest: { expires: 999 } },
    { manifest: { name: "other" } }
  ]
  for (const spoiled of bad) {
    await publish("2.0.0", 6, spoiled)
    const asked = `schedule@${spoiled.as ?? "2.0.0"}`
    expect(await installRelease(asked, ports())).toMatchObject({ ok: false, refusal: { kind: "release-missing" } })
    expect(store.active?.version).toBe("1.0.0")
  }
})

test("[F68] [F67] a file that is cut, changed or endless is not stored", async () => {
  const path = await publish("1.0.0", 1)
  const good = paths.get(path) ?? new Uint8Array()
  const flipped = good.map((byte, index) => (index === 0 ? byte ^ 1 : byte))
  for (const content of [good.slice(1), flipped, new Uint8Array(50_000)]) {
    paths.set(path, content)
    expect(await installRelease("schedule@1.0.0", ports())).toMatchObject({ ok: false })
    expect([storage.disk.files.size, store.active]).toEqual([0, null])
  }
})

test("[F70] a release that fails is left, remembered by its digest and not tried again; the old one runs on", async () => {
  await publish("1.0.0", 1)
  await installRelease("schedule@1.0.0", ports())
  await publish("2.0.0", 2)
  trial = { ok: false, error: "it threw", why: "broken" }
  expect(await installRelease("schedule@2.0.0", ports())).toMatchObject({ refusal: { kind: "release-failed" } })
  trial = { ok: true }
  store = await ReleaseStore.open(storage, sha256)
  expect(await installRelease("schedule@2.0.0", ports())).toMatchObject({ refusal: { kind: "release-failed" } })
  expect(store.active?.version).toBe("1.0.0")
  // The same version, mended and published anew, is another release.
  await publish("2.0.0", 3)
  expect(await installRelease("schedule@2.0.0", ports())).toMatchObject({ ok: true })
})

test("[CLI-22] a release that could not be tried now is tried again later", async () => {
  await publish("1.0.0", 1)
  trial = { ok: false, error: "the app's frame did not load in 5000 ms", why: "untried" }
  for (let times = 0; times < 10; times++)
    expect(await installRelease("schedule@1.0.0", ports())).toMatchObject({ refusal: { kind: "timeout" } })
  trial = { ok: true }
  expect(await installRelease("schedule@1.0.0", ports())).toMatchObject({ ok: true })
})

test("[REL-7] a release that says nothing in time is tried three times", async () => {
  await publish("1.0.0", 1)
  trial = { ok: false, error: "the app did not start in 10000 ms", why: "silent" }
  const kinds: string[] = []
  for (let times = 0; times < 5; times++) {
    const installed = await installRelease("schedule@1.0.0", ports())
    kinds.push(installed.ok ? "ok" : installed.refusal.kind)
  }
  expect(kinds).toEqual(["timeout", "timeout", "timeout", "release-failed", "release-failed"])
})

test("[REL-8] a manifest with another digest than the instruction's is not installed", async () => {
  await publish("1.0.0", 1)
  const other = { ...ports(), digest: "0".repeat(64) }
  expect(await installRelease("schedule@1.0.0", other)).toMatchObject({ refusal: { kind: "release-missing" } })
})

test("[F68] a stored file with a flipped bit is not that file any more, and is fetched again", async () => {
  const path = await publish("1.0.0", 1)
  await installRelease("schedule@1.0.0", ports())
  const hash = path.slice("/_locum/files/".length)
  storage.disk.files.set(hash, (storage.disk.files.get(hash) ?? new Uint8Array()).with(0, 0) as Uint8Array<ArrayBuffer>)
  expect(await store.file(hash)).toBeNull()
  fetched = []
  await installRelease("schedule@1.0.0", ports())
  expect([fetched, await store.file(hash)]).toEqual([[`http://x${path}`], expect.any(Uint8Array)])
})

test("[REL-13] [F39] without room for a release the old one runs on, what was stored of it goes, and that is said", async () => {
  await publish("1.0.0", 1)
  await installRelease("schedule@1.0.0", ports())
  await publish("2.0.0", 2)
  storage.disk.parts.set("left over 0", bytes("of an earlier attempt"))
  const drop = storage.dropParts.bind(storage)
  storage.dropParts = (but) => {
    storage.isFull = false
    return drop(but)
  }
  storage.isFull = true
  expect(await installRelease("schedule@2.0.0", ports())).toMatchObject({
    refusal: { kind: "storage", text: expect.stringMatching(/no room for its \d+ bytes/) }
  })
  expect([store.active?.version, storage.disk.parts.size]).toEqual(["1.0.0", 0])
  expect(await installRelease("schedule@2.0.0", ports())).toMatchObject({ ok: true })
})
