/**
 * Static files of a release: a GET that names one is answered before the app's code is asked. Their names hold their content's
 * hash, so they may be kept for ever. Keeps SPEC rule EDG-6.
 */
import type { ReleaseManifest } from "../../shared/release/manifest.ts"

/** A file of a release as it is served. */
export interface StaticFile {
  readonly sha256: string
  readonly type: string
}

/** The files of a release by their path under the mount; the app's own code is none of them. */
export const staticFiles = (manifest: ReleaseManifest): ReadonlyMap<string, StaticFile> =>
  new Map(
    manifest.files
      .filter((file) => file.path !== manifest.entry)
      .map(({ path, sha256, type }) => [path, { sha256, type }])
  )

const IMMUTABLE = "public, max-age=31536000, immutable"

/** Where the build put a file, in the assets. */
export const filePath = (sha256: string): string => `/_locum/files/${sha256}`

/** Where the build put a shorter way to a file. */
export const packPath = (sha256: string, from: string): string => `/_locum/packs/${sha256}/${from}`

/** An asset's answer with the headers of a file that never changes. */
export const immutableAnswer = (asset: Response, type: string): Response =>
  asset.ok
    ? new Response(asset.body, {
        headers: {
          "Content-Type": type,
          "Cache-Control": IMMUTABLE,
          "X-Content-Type-Options": "nosniff",
          "Access-Control-Allow-Origin": "*"
        }
      })
    : new Response("There is no such file.\n", { status: 404 })
