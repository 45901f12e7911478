// Builds the example's releases and deployments:
//   build/keys/                        development keys, made once
//   build/releases/schedule/<version>/ app.js, the pages' modules and the signed manifest
//   build/deployments/<version>/       apps.js (behind locum:apps) and assets/ (published files); `current` is the newest
//   build/preset.json                  the services that a build of the extension knows from the start
// The same sources and keys give the same bytes. LOCUM_ORIGIN is the preset's origin. What is built keeps no log of its
// answers: who needs one (the story) says so in the preset of a copy.
import { join, resolve } from "node:path"
import * as v from "valibot"
import { service } from "../examples/schedule/service.ts"
import { PresetSchema } from "../shared/protocol/preset.ts"
import { makeDeployment } from "./releases/make-deployment.ts"
import { publishConsole } from "./releases/publish-console.ts"
import { makeRelease, type BuiltRelease } from "./releases/make-release.ts"
import { pointCurrentTo } from "./releases/point-current.ts"
import { releaseSurfaces } from "./releases/surfaces.ts"
import { openKeys, type Keys } from "./releases/keys.ts"
import { jsonText, writeFile } from "./releases/write-file.ts"
import { KB, keepsBudgets } from "./sizes/surface.ts"

const TOP = resolve(import.meta.dirname, "..")
const BUILD = join(TOP, "build")
const DEFAULT_ORIGIN = "http://127.0.0.1:8787"

/** Oldest first. A serial is used once: going back to old files is a new entry with a new serial. */
const RELEASES = [
  { entry: "examples/schedule/release-1.ts", serial: 1 },
  { entry: "examples/schedule/release-2.ts", serial: 2 }
]
/** Both releases have the same view: a page of the one goes on while the other is put in its place. */
const PARTS = {
  pages: { view: join(TOP, "examples/schedule/page/view/main.ts") },
  scripts: { live: join(TOP, "examples/schedule/page/live.ts") }
}

/** Bytes after gzip, by what a file's name begins with. */
const BUDGETS = { app: 83 * KB, view: 126 * KB }

const keys = await openKeys(join(BUILD, "keys"), Date.now())
const built: BuiltRelease[] = []
for (const { entry, serial } of RELEASES) {
  const source = { entry: join(TOP, entry), serial, earlier: () => built, ...PARTS }
  const release = await makeRelease(source, keys, join(BUILD, "releases"))
  if (!keepsBudgets(releaseSurfaces(release, BUDGETS))) throw new Error("a file of the release is over its budget")
  built.push(release)
  await makeDeployment({ folder: deploymentOf(built), definition: service, releases: built }, keys)
  publishConsole(join(BUILD, "console"), deploymentOf(built))
}
pointCurrentTo(join(BUILD, "deployments/current"), deploymentOf(built))
writePreset(keys)

function deploymentOf(releases: readonly BuiltRelease[]): string {
  return join(BUILD, "deployments", releases.at(-1)?.manifest.version ?? "")
}

function writePreset({ trust }: Keys): void {
  const preset = v.parse(PresetSchema, {
    format: 1,
    trace: false,
    services: [
      {
        service: service.name,
        origin: process.env["LOCUM_ORIGIN"] ?? DEFAULT_ORIGIN,
        mount: service.mount,
        publisherKeys: [...trust.publisherKeys],
        threshold: trust.threshold
      }
    ]
  })
  writeFile(join(BUILD, "preset.json"), jsonText(preset))
}
