// Builds the extension for Chromium with Plasmo into build/chrome-mv3-prod, and looks the result over.
// Plasmo reads its manifest from a package.json in its project folder: that file is made here from the top-level
// manifest.json and is not kept in git. Services and pinned keys come from build/preset.json, when it is there.
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { resolve } from "node:path"
import { builtFaults } from "./extension/built-faults.ts"
import { applyPreset, EMPTY_PRESET, finishManifest } from "./extension/finish-manifest.ts"
import { finishPages } from "./extension/finish-pages.ts"
import { plasmoPackage, sourceManifest } from "./extension/plasmo-package.ts"
import { extensionSurfaces } from "./extension/surfaces.ts"
import { keepsBudgets } from "./sizes/surface.ts"

const BUILT = "build/chrome-mv3-prod"
const PRESET = "build/preset.json"

const manifestText = readFileSync("manifest.json", "utf8")
const made = plasmoPackage(readFileSync("package.json", "utf8"), manifestText)
writeFileSync("extension/package.json", `${JSON.stringify(made, null, 2)}\n`)

rmSync(BUILT, { recursive: true, force: true })
const args = ["build", "--target=chrome-mv3", "--src-path=.", "--build-path=../build", "--hoist"]
// What it says is of use only when it fails: without a network its look for a newer plasmo prints an error and a stack.
const plasmo = spawnSync(resolve("node_modules/.bin/plasmo"), args, { cwd: "extension", encoding: "utf8" })
if (plasmo.status !== 0) {
  process.stderr.write(`${plasmo.stdout ?? ""}${plasmo.stderr ?? ""}`)
  throw new Error(`plasmo build failed (${plasmo.signal ?? `status ${plasmo.status}`})`, { cause: plasmo.error })
}

finishManifest(BUILT, sourceManifest(manifestText))
finishPages(BUILT)
applyPreset(BUILT, existsSync(PRESET) ? JSON.parse(readFileSync(PRESET, "utf8")) : EMPTY_PRESET)

const fits = keepsBudgets(extensionSurfaces(BUILT))
const faults = builtFaults(BUILT)
for (const fault of faults) process.stderr.write(`${fault}\n`)
process.exitCode = fits && faults.length === 0 ? 0 : 1
