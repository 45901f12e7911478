// `npm run package [-- --preset FILE] [--store-id ID]`: build/locum-<version>.zip, which the browser takes unpacked and a store as it is.
import { readFileSync, writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { EMPTY_PRESET } from "./extension/finish-manifest.ts"
import { packExtension } from "./extension/pack-extension.ts"

const BUILT = "build/chrome-mv3-prod"
const { values } = parseArgs({ options: { preset: { type: "string" }, "store-id": { type: "string" } } })
const { preset, "store-id": storeId } = values

const zip = packExtension({
  built: BUILT,
  preset: preset === undefined ? EMPTY_PRESET : (JSON.parse(readFileSync(preset, "utf8")) as unknown),
  ...(storeId === undefined ? {} : { storeId })
})
const { version } = JSON.parse(readFileSync(`${BUILT}/manifest.json`, "utf8")) as { readonly version: string }
const file = `build/locum-${version}.zip`
writeFileSync(file, zip)
process.stdout.write(`${file}: ${(zip.length / 1024).toFixed(0)} KB, ${preset ?? "no service preset"}\n`)
