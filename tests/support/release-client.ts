/** One life of a client's releases on a disk: the product's store, installation, trial and slots, over scripted frames. */
import { createHash } from "node:crypto"
import { AppSlots } from "../../extension/controller/app-slots.ts"
import { tryRelease } from "../../extension/controller/try-release.ts"
import type { AppRequest } from "../../extension/app/worker-messages.ts"
import { inflate } from "../../extension/platform/inflate.ts"
import { installRelease, type Installed } from "../../extension/release/install-release.ts"
import { ReleaseStore } from "../../extension/release/release-store.ts"
import { PAYLOAD_TYPE, sealEnvelope } from "../../shared/protocol/envelope.ts"
import { PLAIN_SELF_TEST } from "../../shared/release/self-test.ts"
import { makeKey, verifySignature } from "./keys.ts"
import { siteFetch, type FetchFrom, type Site } from "./site-fetch.ts"
import type { MemoryReleaseStorage } from "./memory-release-storage.ts"
import { bundleOf, openScriptedFrame, PERSONS_PATH, type Script } from "./scripted-frames.ts"

const { publicKey, sign } = await makeKey()

export const sha256 = (bytes: Uint8Array): Promise<string> =>
  Promise.resolve(createHash("sha256").update(bytes).digest("hex"))

/** Publishes a release of the script, with a second file; its digest. */
export const publishScript = (site: Site, script: Script, serial: number): Promise<string> =>
  publishFiles(site, script, serial, [new TextEncoder().encode(`view of ${script.release}`)])

/** Publishes a release of the script, with other files; its digest. */
export const publishFiles = async (
  site: Site,
  script: Script,
  serial: number,
  others: readonly Uint8Array<ArrayBuffer>[]
): Promise<string> => {
  const [name = "", version = ""] = script.release.split("@")
  const contents: readonly (readonly [string, Uint8Array<ArrayBuffer>])[] = [
    ["app.js", bundleOf(script)],
    ...others.map((bytes, index) => [`file-${index}.js`, bytes] as const)
  ]
  const files = await Promise.all(
    contents.map(async ([path, bytes]) => {
      const hash = await sha256(bytes)
      site.set(`/_locum/files/${hash}`, bytes)
      return { path, sha256: hash, size: bytes.length, type: "text/javascript" }
    })
  )
  const manifest = {
    format: 1,
    name,
    version,
    serial,
    schema: 1,
    reads: [1, 1],
    entry: "app.js",
    files,
    selfTest: PLAIN_SELF_TEST,
    issued: 1,
    expires: 2000
  }
  const envelope = await sealEnvelope(PAYLOAD_TYPE.release, manifest, publicKey.id, sign)
  site.set(`/_locum/releases/${name}/${version}`, new TextEncoder().encode(JSON.stringify(envelope)))
  return sha256(new TextEncoder().encode(JSON.stringify(manifest)))
}

const requestOf = (path: string): AppRequest => ({
  document: "schedule/user/ann",
  method: "GET",
  url: `http://x${path}`,
  headers: [],
  body: null,
  user: { id: "ann", name: "Ann" },
  now: 1,
  effectiveKey: path,
  mayHaveRun: false
})

export class ReleaseClient {
  readonly store: ReleaseStore
  readonly slots: AppSlots
  readonly told: string[] = []
  readonly left: string[] = []
  /** Starts, in their order: which release under which nonce. */
  readonly started: { readonly release: string; readonly nonce: string }[] = []
  readonly #site: Site
  readonly #fetchFrom: FetchFrom
  #nonces = 0
  /** What the way back would lead to cannot read the documents any more. */
  canRead = true

  private constructor(store: ReleaseStore, site: Site, fetch: FetchFrom) {
    this.store = store
    this.#site = site
    this.#fetchFrom = fetch
    this.slots = new AppSlots({
      store,
      openFrame: () => this.#openFrame(),
      lend: (_document, give) => give({ state: new Uint8Array([0, 0]), clientId: 7 }),
      commit: () => Promise.resolve({ ok: true, value: null }),
      reads: () => this.canRead,
      onLeft: (from, to) => void this.left.push(`${from} -> ${to}`),
      tell: (kind, text) => void this.told.push(`${kind}: ${text}`)
    })
  }

  /** @param fetch how files are fetched, for a network that fails */
  static async open(
    storage: MemoryReleaseStorage,
    site: Site,
    fetch: FetchFrom = siteFetch(site)
  ): Promise<ReleaseClient> {
    return new ReleaseClient(await ReleaseStore.open(storage, sha256), site, fetch)
  }

  async install(release: string): Promise<Installed> {
    const installed = await installRelease(release, {
      store: this.store,
      origin: "http://x",
      digest: null,
      publisherKeys: [publicKey],
      fetchBytes: (url) => {
        const found = this.#site.get(url.slice("http://x".length))
        return Promise.resolve(found === undefined ? { ok: false, error: "404" } : { ok: true, value: found })
      },
      fetchFrom: this.#fetchFrom,
      inflate,
      setTimer: () => () => undefined,
      onProgress: () => undefined,
      sha256,
      verify: verifySignature,
      now: () => 1000,
      newNonce: () => `trial ${++this.#nonces}`,
      tryOut: (held, bundle, nonce) =>
        tryRelease(held, bundle, nonce, {
          openFrame: () => this.#openFrame(),
          lend: (_document, give) => give(null),
          setTimer: () => () => undefined,
          timeLimitMs: 1000,
          requestOf: (question) => ({ ok: true, value: requestOf(`/calendar/${question?.path ?? ""}`) })
        })
    })
    if (installed.ok) await this.slots.swapped()
    return installed
  }

  /** Which release answers a person. */
  async ask(): Promise<string> {
    const answer = await this.slots.ask(requestOf(PERSONS_PATH), () => true)
    return answer.ok ? new TextDecoder().decode(answer.value.body) : answer.error
  }

  close(): void {
    this.slots.close()
  }

  #openFrame() {
    return Promise.resolve(openScriptedFrame(({ release }, nonce) => void this.started.push({ release, nonce })))
  }
}
