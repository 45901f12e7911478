import { randomBytes } from "node:crypto"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { expect, test } from "vitest"
import { extensionSurfaces } from "../../scripts/extension/surfaces.ts"
import { KB, sizesOf } from "../../scripts/sizes/surface.ts"

const BUILT = [
  "popup.0.js",
  "options.0.js",
  "injected/page.js",
  "injected/local.js",
  "tabs/shell.0.js",
  "static/background/index.js",
  "tabs/offscreen.0.js",
  "app-worker.js"
]
const built = (...files: readonly string[]): string => {
  const folder = mkdtempSync(join(tmpdir(), "locum-sizes-"))
  for (const file of files) {
    mkdirSync(join(folder, dirname(file)), { recursive: true })
    writeFileSync(join(folder, file), "1")
  }
  return folder
}

test("[TOOL-12] each surface is told with its size and budget; one that is over it is named", () => {
  const folder = built(...BUILT)
  const fitting = sizesOf(extensionSurfaces(folder))
  expect(fitting.faults).toEqual([])
  expect(fitting.lines[0]).toBe("popup: 0.0 KB of 24.0 KB gzipped, 0.0 KB plain")
  expect(fitting.lines).toHaveLength(BUILT.length)
  writeFileSync(join(folder, "popup.0.js"), randomBytes(25 * KB))
  expect(sizesOf(extensionSurfaces(folder)).faults).toEqual([
    expect.stringMatching(/^popup: has 25\.0 KB gzipped, its budget is 24\.0 KB$/)
  ])
  rmSync(folder, { recursive: true })
})

test("[TOOL-13] a surface that was not made is a fault", () => {
  const folder = built(...BUILT.slice(1))
  expect(sizesOf(extensionSurfaces(folder)).faults).toEqual(["popup: has no file"])
  rmSync(folder, { recursive: true })
})
