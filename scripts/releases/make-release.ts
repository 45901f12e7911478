// Makes one signed release: the bundle, its manifest (REL-1) and the publisher's signature over it.
import { createHash } from "node:crypto"
import { rmSync } from "node:fs"
import { join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import * as v from "valibot"
import * as yjs from "yjs"
import type { App } from "../../shared/app/app.ts"
import { PAYLOAD_TYPE, type Envelope } from "../../shared/protocol/envelope.ts"
import { ReleaseManifestSchema, type Pack, type ReleaseManifest } from "../../shared/release/manifest.ts"
import { PLAIN_SELF_TEST, type SelfTest } from "../../shared/release/self-test.ts"
import { bundleApp, bundlePage, bundleScript } from "./bundle.ts"
import type { Keys } from "./keys.ts"
import { makePacks } from "./make-packs.ts"
import { sealByPublisher } from "./statements.ts"
import { jsonText, writeFile } from "./write-file.ts"

/** Name of the app's module in every release. */
const ENTRY = "app.js"

/** What a release is made from. */
export interface ReleaseSource {
  /** A module that exports `app`, and may export `selfTest`; without it the release is asked for its first page. */
  readonly entry: string
  /** Modules for the app's pages, by what they are for (`view`); each becomes a file `<what>-<hash>.js`. */
  readonly pages?: Readonly<Record<string, string>>
  /** Scripts that stand in the app's pages, by their names. */
  readonly scripts?: Readonly<Record<string, string>>
  /** Only rises for a name (promise 5). */
  readonly serial: number
  /** Releases of an app that clients may have: what makes this one's files of theirs is published with it. */
  readonly earlier?: (name: string) => readonly BuiltRelease[] | Promise<readonly BuiltRelease[]>
}

/** A release as it lies in its folder. */
export interface BuiltRelease {
  readonly folder: string
  readonly manifest: ReleaseManifest
  readonly envelope: Envelope
}

/** A file of a release. */
interface ReleaseFile {
  readonly path: string
  readonly sha256: string
  readonly bytes: Uint8Array
}

/**
 * Bundles, describes and signs a release into `<folder>/<name>/<version>/`: `app.js`, its pages' modules and `manifest.json` (an
 * envelope). Name, version and schema are those that the built module itself says.
 */
export async function makeRelease(source: ReleaseSource, keys: Keys, folder: string): Promise<BuiltRelease> {
  const pages = await Promise.all(Object.entries(source.pages ?? {}).map((page) => pageFile(...page)))
  const files = Object.fromEntries(pages.map(({ use, file }) => [use, file.path]))
  const scripts = await scriptTexts(source.scripts ?? {})
  const entry = fileOf(ENTRY, await bundleApp(source.entry, { files, scripts }))
  const loaded = await loadApp(entry.bytes, join(folder, `${entry.sha256}.mjs`))
  const { app } = loaded
  const earlier = ((await source.earlier?.(app.name)) ?? []).filter(({ manifest }) => manifest.serial < source.serial)
  const all = [entry, ...pages.map(({ file }) => file)].map((file) => ({
    ...file,
    packs: makePacks(file.path, file.bytes, earlier.slice(-EARLIER_PACKED))
  }))
  const manifest = v.parse(ReleaseManifestSchema, {
    format: 1,
    name: app.name,
    version: app.version,
    serial: source.serial,
    schema: app.schema,
    reads: [...app.reads],
    entry: ENTRY,
    selfTest: loaded.selfTest,
    files: all.map(({ path, sha256, bytes, packs }) => ({
      path,
      sha256,
      size: bytes.length,
      type: "text/javascript",
      packs: packs.map(({ from, size }) => ({ from, size }))
    })),
    issued: keys.issued,
    expires: keys.expires
  })
  const envelope = await sealByPublisher(PAYLOAD_TYPE.release, manifest, keys)
  const home = join(folder, manifest.name, manifest.version)
  for (const { path, bytes, sha256, packs } of all) {
    writeFile(join(home, path), bytes)
    for (const pack of packs) writeFile(join(home, packPath(sha256, pack)), pack.bytes)
  }
  writeFile(join(home, "manifest.json"), jsonText(envelope))
  return { folder: home, manifest, envelope }
}

/** Where a release's folder has a shorter way to one of its files. */
export const packPath = (sha256: string, { from }: Pick<Pack, "from">): string => join("packs", sha256, from ?? "whole")

/** From how many releases before it a release can be made. */
const EARLIER_PACKED = 2

const HASH_DIGITS = 16

async function pageFile(use: string, entry: string): Promise<{ readonly use: string; readonly file: ReleaseFile }> {
  const bytes = await bundlePage(entry)
  return { use, file: fileOf(`${use}-${sha256Of(bytes).slice(0, HASH_DIGITS)}.js`, bytes) }
}

async function scriptTexts(entries: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
  const texts = Object.entries(entries).map(async ([name, entry]) => [name, await bundleScript(entry)] as const)
  return Object.fromEntries(await Promise.all(texts))
}

const fileOf = (path: string, bytes: Uint8Array): ReleaseFile => ({ path, sha256: sha256Of(bytes), bytes })
const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

/** What a release's module exports: the app, and what it has to answer before it may run. */
interface Exported {
  readonly app: App
  readonly selfTest: SelfTest
}

/** Runs the bundle as a platform would, to ask it what it is. */
async function loadApp(bytes: Uint8Array, path: string): Promise<Exported> {
  Object.assign(globalThis, { [Symbol.for("locum.platform")]: { yjs } })
  writeFile(path, bytes)
  try {
    // The manifest's schema checks it.
    const module = (await import(pathToFileURL(resolve(path)).href)) as { app: App; selfTest?: SelfTest }
    return { app: module.app, selfTest: module.selfTest ?? PLAIN_SELF_TEST }
  } finally {
    rmSync(path)
  }
}
