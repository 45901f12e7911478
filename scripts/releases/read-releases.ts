// Reads releases that were built before, from where makeRelease wrote them; what their publisher did not sign is refused.
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import * as v from "valibot"
import { anyOf, EnvelopeSchema, openEnvelope, PAYLOAD_TYPE, type Publisher } from "../../shared/protocol/envelope.ts"
import { ReleaseManifestSchema } from "../../shared/release/manifest.ts"
import type { Keys } from "./keys.ts"
import type { BuiltRelease } from "./make-release.ts"
import { newestRoot, verifyByNode } from "./statements.ts"

/** All releases of an app under `<folder>/<name>/`, by their serials. Throws naming the file when one is not as it was signed. */
export async function readReleases(folder: string, name: string, keys: Keys): Promise<readonly BuiltRelease[]> {
  const home = join(folder, name)
  // Whoever is to sign yet reads what others signed: the threshold is looked at when it is published.
  const root = anyOf((await newestRoot(keys, name)).keys)
  const files = (existsSync(home) ? readdirSync(home) : []).map((version) => join(home, version, "manifest.json"))
  const releases = await Promise.all(files.filter((file) => existsSync(file)).map((file) => readRelease(file, root)))
  return releases.toSorted((a, b) => a.manifest.serial - b.manifest.serial)
}

async function readRelease(file: string, signers: Publisher): Promise<BuiltRelease> {
  const envelope = v.parse(EnvelopeSchema, JSON.parse(readFileSync(file, "utf8")))
  const opened = await openEnvelope(envelope, PAYLOAD_TYPE.release, ReleaseManifestSchema, signers, verifyByNode)
  if (!opened.ok) throw new Error(`${file}: ${opened.error}`)
  const folder = dirname(file)
  for (const { path, sha256 } of opened.value.files)
    if (
      createHash("sha256")
        .update(readFileSync(join(folder, path)))
        .digest("hex") !== sha256
    )
      throw new Error(`${join(folder, path)}: is not what ${file} names`)
  return { folder, manifest: opened.value, envelope }
}
