// Part of `npm run check`: every *.test.ts(x) file in the repository is matched by exactly one vitest project, and every fault of policy and
// controller and of the data layer has a test that is named after its number.
import { globSync, readFileSync } from "node:fs"
import { join, matchesGlob } from "node:path"
import { TEST_PROJECTS, type TestFiles } from "./test-projects.ts"

const projects: readonly (readonly [string, TestFiles])[] = Object.entries(TEST_PROJECTS)

/** The names of the vitest projects that run this file (a path from the top of the repository). */
export function projectsOf(file: string): string[] {
  return projects
    .filter(
      ([, { include, exclude }]) =>
        include.some((g) => matchesGlob(file, g)) && !exclude.some((g) => matchesGlob(file, g))
    )
    .map(([name]) => name)
}

/** What is wrong with the places of these test files, one line each; nothing when each runs in one project. */
export function misplaced(files: readonly string[]): string[] {
  return files.flatMap((file) => {
    const names = projectsOf(file)
    if (names.length === 1) return []
    return [`${file}: ${names.length === 0 ? "no vitest project runs it" : `runs in ${names.join(" and ")}`}`]
  })
}

/** All test files of the repository, whatever their ending, so that a wrong one is seen too. */
export function testFiles(top: string): string[] {
  const ignored = new Set(["node_modules", "build", ".wrangler", ".plasmo", ".git"])
  return globSync("**/*.{test,spec}.{ts,tsx,mts,js,mjs}", { cwd: top, exclude: (name) => ignored.has(name) })
}

/** The faults of policy and controller, client data, merge, switchover and edge that must each have a test. */
export const FAULTS_WITH_TESTS = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 53, 54,
  55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 72, 75, 76
]

/** Those of `faults` that no test's title names (`[F37]`, or `["F37", …]` in a table of titles), one line each; `sources` are the test files' texts. */
export function unshown(faults: readonly number[], sources: readonly string[]): string[] {
  const shown = new Set(
    sources.flatMap((source) => [...source.matchAll(/\["?F(\d+)["\]]/g)].map(([, number]) => Number(number)))
  )
  return faults.filter((fault) => !shown.has(fault)).map((fault) => `no test is named after fault F${fault}`)
}

if (import.meta.main) {
  const top = process.cwd()
  const files = testFiles(top)
  const sources = files.map((file) => readFileSync(join(top, file), "utf8"))
  const wrong = [...misplaced(files), ...unshown(FAULTS_WITH_TESTS, sources)]
  for (const line of wrong) process.stderr.write(`${line}\n`)
  process.exitCode = wrong.length > 0 ? 1 : 0
}
