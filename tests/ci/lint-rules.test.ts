// Every rule that forbids something is shown to fire: the offending files are written to a folder of their own, with the
// project's real lint settings, and oxlint itself is asked.
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"

const TOP = resolve(import.meta.dirname, "../..")

/** A file, its one line of code, and the rule that must refuse it; no rule: it must pass. */
const FIXTURES: readonly (readonly [file: string, code: string, rule?: string])[] = [
  ["shared/policy/a.ts", `import { x } from "../../edge/router/x.ts"; x()`, "import-rules"],
  ["shared/policy/b.ts", `import { x } from "node:fs"; x()`, "import-rules"],
  ["shared/policy/c.ts", `export const at = () => Date.now()`, "no-restricted-properties"],
  ["shared/policy/d.ts", `export const at = () => new Date()`, "no-ambient-time"],
  ["shared/policy/e.ts", `import { x } from "../release/x.ts"; x()`],
  ["edge/router/a.ts", `import { x } from "../../extension/router/x.ts"; x()`, "import-rules"],
  ["edge/router/b.ts", `import { x } from "../document/x.ts"; x()`, "import-rules"],
  ["edge/router/c.ts", `import { DurableObject } from "cloudflare:workers"; DurableObject.call({})`, "import-rules"],
  ["edge/router/d.ts", `export const say = () => console.log(1)`, "no-console"],
  ["edge/router/e.ts", `export const rnd = () => Math.random()`, "no-restricted-properties"],
  ["edge/router/f.ts", `import { x } from "../platform/x.ts"; x()`],
  ["edge/router/g.ts", `export type { X } from "../document/x.ts"`, "import-rules"],
  ["edge/router/h.ts", `export const x = () => import("../document/x.ts")`, "import-rules"],
  ["edge/router/i.ts", `import { x } from "../worker.ts"; x()`, "import-rules"],
  ["edge/controller/a.ts", `import { x } from "../document/x.ts"; x()`],
  ["edge/worker.ts", `import { x } from "./document/x.ts"; x()`],
  ["edge/platform/a.ts", `export const at = () => Date.now()`],
  ["extension/router/a.ts", `export const t = () => chrome.tabs.query({})`, "no-restricted-globals"],
  ["extension/router/b.ts", `import x from "url:../injected/x.ts"; x()`, "import-rules"],
  ["extension/router/c.ts", `export const x = () => fetch("/")`, "no-restricted-globals"],
  ["extension/background.ts", `import x from "url:./injected/x.ts"; x()`],
  ["extension/platform/a.ts", `export const t = () => chrome.tabs.query({})`],
  ["examples/schedule/app/a.ts", `import { x } from "../../../shared/policy/x.ts"; x()`, "import-rules"],
  ["examples/schedule/app/b.ts", `import { x } from "../../../shared/app/x.ts"; x()`],
  ["examples/schedule/app/c.ts", `export const at = () => new Date()`, "no-ambient-time"],
  ["examples/schedule/app/d.ts", `import { Doc } from "yjs"; new Doc()`, "import-rules"],
  ["cli/a.ts", `import { x } from "../edge/router/x.ts"; x()`, "import-rules"],
  ["cli/b.ts", `import { x } from "../console/x.ts"; x()`, "import-rules"],
  ["cli/c.ts", `import { x } from "../scripts/local/x.ts"; x()`, "import-rules"],
  ["cli/d.ts", `import { x } from "../scripts/releases/x.ts"; x()`],
  ["cli/e.ts", `import { x } from "node:fs"; x()`, "import-rules"],
  ["cli/f.ts", `export const at = () => Date.now()`, "no-restricted-properties"],
  ["cli/platform/a.ts", `import { x } from "node:fs"; x(fetch)`],
  ["console/a.ts", `import { x } from "../edge/platform/x.ts"; x()`, "import-rules"],
  ["console/b.ts", `export const x = () => fetch("/")`, "no-restricted-globals"],
  ["console/c.ts", `import { x } from "../shared/policy/x.ts"; x()`],
  ["edge/router/j.ts", `import { x } from "../../cli/x.ts"; x()`, "import-rules"],
  ["scripts/a.ts", `import { x } from "../tests/support/x.ts"; x()`, "import-rules"],
  ["scripts/b.ts", `import { x } from "../bench/x.ts"; x()`, "import-rules"],
  ["scripts/c.ts", `export const x = (y: unknown) => y as any`, "no-explicit-any"],
  ["scripts/cycle-a.ts", `import { b } from "./cycle-b.ts"; export const a = () => b()`, "no-cycle"],
  ["scripts/cycle-b.ts", `import { a } from "./cycle-a.ts"; export const b = () => a()`, "no-cycle"],
  ["scripts/d.ts", `export function x(y: () => void) { try { y() } catch {} }`, "no-empty"]
]

const folder = mkdtempSync(join(tmpdir(), "locum-lint-"))
/** The rules that fired, by file. */
const fired = new Map<string, string[]>()

interface Finding {
  readonly filename: string
  readonly code: string
}

beforeAll(() => {
  for (const name of [".oxlintrc.json", ".ci"]) cpSync(join(TOP, name), join(folder, name), { recursive: true })
  symlinkSync(join(TOP, "node_modules"), join(folder, "node_modules"))
  for (const [file, code] of FIXTURES) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), `${code}\n`)
  }
  const run = spawnSync(join(TOP, "node_modules/.bin/oxlint"), ["--format=json"], { cwd: folder, encoding: "utf8" })
  const { diagnostics } = JSON.parse(run.stdout) as { diagnostics: Finding[] }
  for (const { filename, code } of diagnostics) fired.set(filename, [...(fired.get(filename) ?? []), code])
})
afterAll(() => rmSync(folder, { recursive: true }))

for (const [file, code, rule] of FIXTURES)
  test(`[TOOL-5] lint ${rule === undefined ? "lets pass" : `refuses by ${rule}`} in ${file}: ${code}`, () => {
    const codes = (fired.get(file) ?? []).map((found) => found.replace(/^.*\(|\)$/g, ""))
    expect(codes).toEqual(rule === undefined ? [] : expect.arrayContaining([rule]))
  })

test("[TOOL-6] shared/ cannot name a runtime's API, shared/app the Fetch types alone", () => {
  const types = mkdtempSync(join(folder, "types-"))
  for (const name of [
    "tsconfig.base.json",
    "shared/tsconfig.json",
    "shared/app/tsconfig.json",
    "shared/app/fetch-types.d.ts"
  ])
    cpSync(join(TOP, name), join(types, name), { recursive: true })
  writeFileSync(
    join(types, "shared/io.ts"),
    `export const x: unknown = [fetch, setTimeout, crypto]\nexport type Y = Request\n`
  )
  writeFileSync(join(types, "shared/app/io.ts"), `export type X = Request\nexport const y: unknown = fetch\n`)
  const tsc = spawnSync(join(TOP, "node_modules/.bin/tsc"), ["-b", "shared/app"], { cwd: types, encoding: "utf8" })
  const missing = [...tsc.stdout.matchAll(/^(\S+)\(.*Cannot find name '(\w+)'/gm)].map(
    ([, file, name]) => `${file} ${name}`
  )
  expect(missing).toEqual([
    "shared/io.ts fetch",
    "shared/io.ts setTimeout",
    "shared/io.ts crypto",
    "shared/io.ts Request",
    "shared/app/io.ts fetch"
  ])
})
