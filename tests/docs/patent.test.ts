import { existsSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { expect, test } from "vitest"

const TOP = resolve(import.meta.dirname, "../..")
const rows = readFileSync(join(TOP, "docs/patent.md"), "utf8")
  .split("\n")
  .filter((line) => /^\| P\d/.test(line))
  .map((line) => line.split("|").map((cell) => cell.trim()))

/** `P25 S101 to P29 S105 …` is all of P25 to P29. */
const pointsOf = (cell: string): readonly number[] => {
  const named = [...cell.matchAll(/\bP(\d+)/g)].map(([, number]) => Number(number))
  const [first = 0, last = first] = named
  return cell.includes(" to P") ? Array.from({ length: last - first + 1 }, (_, index) => first + index) : named
}

/** A test file that a cell names, with the tags behind it. */
const testsOf = (cell: string) =>
  [...cell.matchAll(/`([^`]+\.test\.ts)`((?: \[[A-Z]+-?\d+\])*)/g)].map(([, file = "", tags = ""]) => ({
    file,
    tags: [...tags.matchAll(/\[[A-Z]+-?\d+\]/g)].map(([tag]) => tag)
  }))

test("[TOOL-14] every point of the patent has a row", () => {
  const points = rows.flatMap(([, point = ""]) => pointsOf(point)).toSorted((a, b) => a - b)
  expect(points).toEqual(Array.from({ length: 45 }, (_, index) => index + 1))
})

/** The titles of a file's tests, and of the rows of a table of tests. */
const titlesIn = (source: string): string =>
  [...source.matchAll(/(?:\btest(?:\.\w+)*\(|\)\(|^ *\[)\s*["`]([^"`]+)["`]/gm)].map(([, title]) => title).join("\n")

/** What no test can show. */
const WITHOUT_TEST = new Set(["P10", "P17", "P45"])

test.each(rows.map(([, point = "", , shown = ""]) => [point, shown] as const))(
  "[TOOL-14] %s: the tests that it names are there, with these titles",
  (point, shown) => {
    const tests = testsOf(shown)
    const name = point.split(" ")[0] ?? ""
    expect(
      tests.length > 0 || shown.includes("the story") || shown.includes("`contract/`") || WITHOUT_TEST.has(name)
    ).toBe(true)
    for (const { file, tags } of tests) {
      const path = join(TOP, "tests", file)
      expect(existsSync(path), file).toBe(true)
      const titles = titlesIn(readFileSync(path, "utf8"))
      expect(tags.filter((tag) => !titles.includes(tag))).toEqual([])
    }
  }
)
