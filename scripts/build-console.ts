// Bundles the operator's console to build/console: index.html, console.js, console.css, and the editor of policies in a chunk of its
// own that is loaded with its view. The edge serves them under /_locum/console/.
import { copyFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { build } from "esbuild"
import { filesIn, KB, keepsBudgets } from "./sizes/surface.ts"

const BUILT = "build/console"

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

const surfaces = [
  { name: "console", files: filesIn(BUILT, "!(editor-*)"), budget: 60 * KB },
  { name: "console's editor", files: filesIn(BUILT, "editor-*"), budget: 120 * KB }
]
process.exitCode = keepsBudgets(surfaces) ? 0 : 1
