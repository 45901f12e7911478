// Bundles the operator's console to build/console: index.html, console.js, console.css, and the editor of policies in a chunk of its
// own that is loaded with its view. The edge serves them under /_locum/console/.
import { copyFileSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { build } from "esbuild"
import { withinBudget } from "./sizes/within-budget.ts"

const BUILT = "build/console"
const KB = 1024

rmSync(BUILT, { recursive: true, force: true })
await build({
  entryPoints: { console: "console/main.tsx" },
  outdir: BUILT,
  bundle: true,
  splitting: true,
  format: "esm",
  target: "chrome120",
  jsx: "automatic",
  jsxImportSource: "preact",
  minify: true,
  legalComments: "none",
  logLevel: "warning",
  chunkNames: "[name]-[hash]"
})
await build({
  entryPoints: ["console/console.css"],
  outdir: BUILT,
  bundle: true,
  minify: true,
  target: "chrome123",
  logLevel: "warning"
})
copyFileSync("console/index.html", join(BUILT, "index.html"))

const files = readdirSync(BUILT)
const contents = (names: readonly string[]): readonly Uint8Array[] =>
  names.map((name) => readFileSync(join(BUILT, name)))
const editor = files.filter((name) => name.startsWith("editor-"))
const first = files.filter((name) => !editor.includes(name))
const fits = [
  withinBudget({ surface: "console", gzipBytes: 60 * KB }, contents(first)),
  withinBudget({ surface: "console's editor", gzipBytes: 120 * KB }, contents(editor))
]
process.exitCode = fits.every(Boolean) ? 0 : 1
