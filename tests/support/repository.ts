/** A publisher and his edge, for tests of what a client makes of what they, or whoever stands in between, send. */
import { createHash } from "node:crypto"
import {
  addSignature,
  PAYLOAD_TYPE,
  payloadOf,
  sealEnvelope,
  type Envelope,
  type PayloadType
} from "../../shared/protocol/envelope.ts"
import { CURRENT_FOR_MS, type CurrentList } from "../../shared/release/current-list.ts"
import type { ReleaseFile, ReleaseManifest } from "../../shared/release/manifest.ts"
import { PLAIN_SELF_TEST } from "../../shared/release/self-test.ts"
import type { makeKey } from "./keys.ts"
import { bundleOf, type Script } from "./scripted-frames.ts"
import type { Site } from "./site-fetch.ts"

export type TestKey = Awaited<ReturnType<typeof makeKey>>

export const sha256 = (bytes: Uint8Array): Promise<string> =>
  Promise.resolve(createHash("sha256").update(bytes).digest("hex"))

const DAY_MS = 24 * 60 * 60 * 1000
/** When all of it plays. */
export const NOW = 100 * DAY_MS

export const SERVICE = {
  name: "schedule",
  mount: "/calendar/",
  documents: [{ path: "/calendar/*", document: "user/:user" }],
  signOut: []
}

const bytesOf = (value: unknown): Uint8Array<ArrayBuffer> => new TextEncoder().encode(JSON.stringify(value))

/** Signs with as many keys as are given. */
export const sealWith = async (type: PayloadType, value: unknown, keys: readonly TestKey[]): Promise<Envelope> => {
  const [first, ...others] = keys
  if (first === undefined) throw new Error("no key to sign with")
  let envelope = await sealEnvelope(type, value, first.publicKey.id, first.sign)
  for (const { publicKey, sign } of others) envelope = await addSignature(envelope, publicKey.id, sign)
  return envelope
}

export interface RepositoryOptions {
  readonly publishers: readonly TestKey[]
  readonly threshold: number
  readonly online: TestKey
}

export class Repository {
  readonly site: Site
  /** Whose signatures go on what is published. */
  publishers: readonly TestKey[]
  threshold: number
  online: TestKey
  certifiedAt = NOW - DAY_MS
  now = NOW
  version = 1
  roots: Envelope[] = []
  releases: { readonly release: string; readonly serial: number; readonly digest: string }[] = []

  constructor(site: Site, { publishers, threshold, online }: RepositoryOptions) {
    this.site = site
    this.publishers = publishers
    this.threshold = threshold
    this.online = online
  }

  /** Publishes a release of a script, with other files, and announces it. `changes` are to its manifest. */
  async publish(
    script: Script,
    serial: number,
    others: readonly Uint8Array<ArrayBuffer>[] = [],
    changes: Partial<ReleaseManifest> = {}
  ): Promise<string> {
    const [name = "", version = ""] = script.release.split("@")
    const contents: readonly (readonly [string, Uint8Array<ArrayBuffer>])[] = [
      ["app.js", bundleOf(script)],
      ...others.map((bytes, index) => [`file-${index}.js`, bytes] as const)
    ]
    const files = await Promise.all(contents.map(([path, bytes]) => this.#putFile(path, bytes)))
    const manifest: ReleaseManifest = {
      format: 1,
      name,
      version,
      serial,
      schema: 1,
      reads: [1, 1],
      entry: "app.js",
      files,
      selfTest: PLAIN_SELF_TEST,
      issued: this.now,
      expires: this.now + 365 * DAY_MS,
      ...changes
    }
    const envelope = await sealWith(PAYLOAD_TYPE.release, manifest, this.publishers)
    this.site.set(`/_locum/releases/${name}/${version}`, bytesOf(envelope))
    const digest = await sha256(payloadOf(envelope))
    this.releases = [
      { release: script.release, serial, digest },
      ...this.releases.filter((one) => one.release !== script.release)
    ]
    await this.announce()
    return digest
  }

  /** Says what is current, as of now. `changes` are to the list. */
  async announce(changes: Partial<CurrentList> = {}): Promise<void> {
    const definition = await sealWith(PAYLOAD_TYPE.service, SERVICE, this.publishers)
    const certificate = {
      format: 1,
      service: SERVICE.name,
      key: this.online.publicKey,
      notBefore: this.certifiedAt,
      notAfter: this.certifiedAt + 365 * DAY_MS
    }
    const list: CurrentList = {
      format: 1,
      service: SERVICE.name,
      version: this.version,
      root: this.roots.length,
      definition: await sha256(payloadOf(definition)),
      releases: this.releases,
      issued: this.now,
      expires: this.now + CURRENT_FOR_MS,
      ...changes
    }
    const announced = {
      service: SERVICE.name,
      definition,
      certificate: await sealWith(PAYLOAD_TYPE.certificate, certificate, this.publishers),
      publisherKeys: this.publishers.map(({ publicKey }) => publicKey),
      threshold: this.threshold,
      roots: this.roots,
      current: await sealWith(PAYLOAD_TYPE.current, list, [this.online])
    }
    this.site.set("/.well-known/locum.json", bytesOf({ format: 1, protocol: [1], services: [announced] }))
  }

  async #putFile(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<ReleaseFile> {
    const hash = await sha256(bytes)
    this.site.set(`/_locum/files/${hash}`, bytes)
    return { path, sha256: hash, size: bytes.length, type: "text/javascript" }
  }
}
