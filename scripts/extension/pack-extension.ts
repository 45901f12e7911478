// Makes the zip that a browser or its store takes from a built extension: with a preset of services, without a trace. The same build and
// preset give the same bytes.
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { zipSync, type Zippable } from "fflate"
import * as v from "valibot"
import { PresetSchema } from "../../shared/protocol/preset.ts"
import { applyPreset } from "./finish-manifest.ts"

/** What is packed, and for whom. */
export interface PackOptions {
  /** The built extension; it stays as it is. */
  readonly built: string
  /** A preset of services, unchecked. */
  readonly preset: unknown
  /** The id under which a store publishes it; without it the id is that of the manifest's key. */
  readonly storeId?: string
}

/** The earliest time that a zip can name: contents alone make the bytes. */
const MADE_AT = "1980-01-01T00:00:00"

/** The zip. Throws when the preset is none. */
export function packExtension({ built, preset, storeId }: PackOptions): Uint8Array {
  const parent = mkdtempSync(join(tmpdir(), "locum-package-"))
  const folder = join(parent, "extension")
  try {
    cpSync(built, folder, { recursive: true })
    applyPreset(folder, { ...v.parse(PresetSchema, preset), trace: false })
    if (storeId !== undefined) publishAs(folder, storeId)
    return zipOf(folder)
  } finally {
    rmSync(parent, { recursive: true })
  }
}

/** A store signs with a key of its own and takes no other; local pages are for the extension itself, by its id. */
function publishAs(folder: string, storeId: string): void {
  if (!/^[a-p]{32}$/.test(storeId)) throw new TypeError(`${storeId} is not the id of an extension: 32 letters a to p`)
  const file = join(folder, "manifest.json")
  const { key: _key, ...manifest } = JSON.parse(readFileSync(file, "utf8")) as {
    readonly key?: string
    readonly web_accessible_resources: readonly { readonly extension_ids?: readonly string[] }[]
  }
  const resources = manifest.web_accessible_resources.map((entry) =>
    entry.extension_ids === undefined ? entry : { ...entry, extension_ids: [storeId] }
  )
  writeFileSync(file, JSON.stringify({ ...manifest, web_accessible_resources: resources }))
}

function zipOf(folder: string): Uint8Array {
  const files: Zippable = {}
  for (const name of globSync("**/*", { cwd: folder }).sort())
    if (statSync(join(folder, name)).isFile()) files[name] = readFileSync(join(folder, name))
  return zipSync(files, { mtime: MADE_AT, level: 9 })
}
