// The files of a release as surfaces, each with its budget.
import { filesIn, type Surface } from "../sizes/surface.ts"
import type { BuiltRelease } from "./make-release.ts"

/** @param budgets bytes after gzip, by what a file's name begins with; a file without one may have none */
export const releaseSurfaces = (
  { folder, manifest }: BuiltRelease,
  budgets: Readonly<Record<string, number>>
): readonly Surface[] =>
  manifest.files.map(({ path }) => {
    const use = /^[a-z]+/.exec(path)?.[0] ?? path
    return {
      name: `${manifest.name}@${manifest.version} ${use}`,
      files: filesIn(folder, path),
      budget: budgets[use] ?? 0
    }
  })
