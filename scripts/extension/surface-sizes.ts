// What each surface of the built extension weighs over the wire, and what it may weigh. A build that is over its budget fails.
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"

/** A surface: its scripts and styles in the built folder, and the most that they may have together, gzipped, in bytes. */
interface Surface {
  readonly name: string
  readonly files: string
  readonly budget: number
}

const KB = 1024
const SURFACES: readonly Surface[] = [
  { name: "popup", files: "popup*.{js,css}", budget: 24 * KB },
  { name: "options page", files: "options*.{js,css}", budget: 24 * KB },
  { name: "page script", files: "injected/page.js", budget: 8 * KB }
]

/** Sizes of a built extension's surfaces, one line each, and what is over its budget or not there. */
export function surfaceSizes(folder: string): {
  readonly lines: readonly string[]
  readonly faults: readonly string[]
} {
  const sizes = SURFACES.map(({ name, files, budget }) => ({ name, budget, size: sizeOf(folder, files) }))
  return {
    lines: sizes.map(({ name, size, budget }) => `${name}: ${inKb(size)} of ${inKb(budget)} gzipped`),
    faults: sizes.flatMap(({ name, size, budget }) => {
      if (size === 0) return [`the ${name} has no files`]
      return size > budget ? [`the ${name} has ${inKb(size)} gzipped, its budget is ${inKb(budget)}`] : []
    })
  }
}

const sizeOf = (folder: string, files: string): number =>
  globSync(files, { cwd: folder }).reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file))).length, 0)

const inKb = (bytes: number): string => `${(bytes / KB).toFixed(1)} KB`
