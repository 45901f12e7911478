// How large a release's files may be. Printed by each build; one that is larger than its budget ends it.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import type { BuiltRelease } from "./make-release.ts"

/** Prints each file's size beside its budget (bytes after gzip, by what its name begins with). Throws when one is larger, or has none. */
export function keepBudgets({ folder, manifest }: BuiltRelease, budgets: Readonly<Record<string, number>>): void {
  for (const { path, size } of manifest.files) {
    const packed = gzipSync(readFileSync(join(folder, path))).length
    const use = /^[a-z]+/.exec(path)?.[0] ?? ""
    const budget = budgets[use]
    const line = `${manifest.name}@${manifest.version} ${use}: ${kilobytes(packed)} gzipped of ${kilobytes(budget ?? 0)}, ${kilobytes(size)} plain`
    if (budget === undefined || packed > budget) throw new Error(`over its budget: ${line}`)
    process.stdout.write(`${line}\n`)
  }
}

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} KB`
