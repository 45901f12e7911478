// Shorter ways to a release's files: each packed, and what makes it of the same file of an earlier release (docs/decisions/deltas.md).
// Only what is much shorter than every other way is kept.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { deflateRawSync } from "node:zlib"
import { createDelta } from "fossil-delta"
import type { Pack, ReleaseManifest } from "../../shared/release/manifest.ts"

/** A way to a file, with the bytes that go over the network. */
export interface BuiltPack extends Pack {
  readonly bytes: Uint8Array
}

/** A release that was built before, in its folder. */
interface EarlierRelease {
  readonly folder: string
  readonly manifest: ReleaseManifest
}

/** A pack that is not shorter than this share of the next best way is not worth its place. */
const WORTH = 0.8
/** Making a file of a delta takes several times its size in memory. */
const MAX_DELTA_BYTES = 4_000_000

const deflated = (bytes: Uint8Array): Uint8Array => deflateRawSync(bytes, { level: 9 })

/** The ways to `bytes`, shortest last, from the files at the same place in earlier releases. */
export function makePacks(path: string, bytes: Uint8Array, earlier: readonly EarlierRelease[]): readonly BuiltPack[] {
  const whole = packOf(null, deflated(bytes))
  const packs = whole.size < bytes.length * WORTH ? [whole] : []
  if (bytes.length > MAX_DELTA_BYTES) return packs
  const limit = (packs[0]?.size ?? bytes.length) * WORTH
  for (const { folder, manifest } of earlier) {
    const base = manifest.files.find((file) => placeOf(file.path) === placeOf(path))
    if (base === undefined || base.size > MAX_DELTA_BYTES || packs.some(({ from }) => from === base.sha256)) continue
    const delta = packOf(
      base.sha256,
      deflated(createDelta(new Uint8Array(readFileSync(join(folder, base.path))), bytes))
    )
    if (delta.size < limit) packs.push(delta)
  }
  return packs
}

/** A file's place in its release, whatever its content: `view-df429595ff3a6693.js` is `view.js`. */
const placeOf = (path: string): string => path.replace(/-[0-9a-f]{16}(?=\.)/, "")

const packOf = (from: string | null, bytes: Uint8Array): BuiltPack => ({ from, size: bytes.length, bytes })
