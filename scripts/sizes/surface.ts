// What each surface weighs over the wire, and what it may weigh: one way for every build. A build that is over a budget fails.
// SPEC rules TOOL-12, TOOL-13.
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"

/** What people or browsers load together, such as the popup. */
export interface Surface {
  readonly name: string
  readonly files: readonly Uint8Array[]
  /** Most bytes after gzip, each file by itself. */
  readonly budget: number
}

/** What surfaces weigh, one line each, and what is wrong with them. */
export interface Sizes {
  readonly lines: readonly string[]
  readonly faults: readonly string[]
}

/** A surface without a file is a fault: it would fit into every budget. */
export function sizesOf(surfaces: readonly Surface[]): Sizes {
  const weighed = surfaces.map(weigh)
  return { lines: weighed.map(({ line }) => line), faults: weighed.flatMap(({ fault }) => fault ?? []) }
}

/** Prints the sizes, and the faults among them to standard error; whether there was none. */
export function keepsBudgets(surfaces: readonly Surface[]): boolean {
  const { lines, faults } = sizesOf(surfaces)
  for (const line of lines) process.stdout.write(`${line}\n`)
  for (const fault of faults) process.stderr.write(`${fault}\n`)
  return faults.length === 0
}

/** The files of a folder that a pattern names. */
export const filesIn = (folder: string, pattern: string): readonly Uint8Array[] =>
  globSync(pattern, { cwd: folder }).map((path) => readFileSync(join(folder, path)))

export const KB = 1024

interface Weighed {
  readonly line: string
  readonly fault: string | null
}

function weigh({ name, files, budget }: Surface): Weighed {
  const plain = files.reduce((sum, file) => sum + file.length, 0)
  const zipped = files.reduce((sum, file) => sum + gzipSync(file).length, 0)
  return {
    line: `${name}: ${inKb(zipped)} of ${inKb(budget)} gzipped, ${inKb(plain)} plain`,
    fault: faultOf(name, files.length, zipped, budget)
  }
}

function faultOf(name: string, count: number, zipped: number, budget: number): string | null {
  if (count === 0) return `${name}: has no file`
  return zipped > budget ? `${name}: has ${inKb(zipped)} gzipped, its budget is ${inKb(budget)}` : null
}

const inKb = (bytes: number): string => `${(bytes / KB).toFixed(1)} KB`
