// The size of what a browser or a person has to load, told by the build beside its budget. SPEC rule TOOL-13.
import { gzipSync } from "node:zlib"

const KB = 1024

/** What a surface may weigh. */
export interface Budget {
  /** Such as "console". */
  readonly surface: string
  /** Most bytes, gzipped. */
  readonly gzipBytes: number
}

/** Says the size on standard error; false when it is over the budget. */
export function withinBudget({ surface, gzipBytes }: Budget, files: readonly Uint8Array[]): boolean {
  const plain = files.reduce((sum, file) => sum + file.length, 0)
  const zipped = files.reduce((sum, file) => sum + gzipSync(file).length, 0)
  const isWithin = zipped <= gzipBytes
  const kb = (bytes: number): string => `${(bytes / KB).toFixed(1)} KB`
  const verdict = isWithin ? "within" : "OVER"
  process.stderr.write(`${surface}: ${kb(plain)}, gzipped ${kb(zipped)}, ${verdict} its budget of ${kb(gzipBytes)}\n`)
  return isWithin
}
