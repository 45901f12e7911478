/**
 * Question: how many bytes does a client fetch for a release in which one line changed? Beside the whole bundle in Brotli, a zstd delta with
 * the old file as its dictionary, and the one changed file as it is packed. The schedule's release 2.0.0, then the same sources with
 * one line changed in one of them, built and signed as for publishing. Target: 1.2 times the smaller of delta and changed file.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { brotliCompressSync, constants, zstdCompressSync } from "node:zlib"
import { openKeys } from "../scripts/releases/keys.ts"
import { makeRelease, type BuiltRelease } from "../scripts/releases/make-release.ts"
import { atMost, printGoals, printTable, writeReport } from "./support/report.ts"

const TOP = resolve(import.meta.dirname, "..")
const PLACE = join(TOP, "build/bench-release")
const SOURCES = ["examples", "shared", "tsconfig.base.json"]
/** What changes: a word of a page, in one place of one file. */
const CHANGE = { file: "examples/schedule/app/event-page.ts", from: "Search", to: "Find" }
const MOST = 1.2

const build = (folder: string, serial: number, earlier: readonly BuiltRelease[]): Promise<BuiltRelease> =>
  makeRelease(
    {
      entry: join(folder, "examples/schedule/release-2.ts"),
      pages: { view: join(folder, "examples/schedule/page/view/main.ts") },
      scripts: { live: join(folder, "examples/schedule/page/live.ts") },
      serial,
      earlier: () => earlier
    },
    keys,
    join(PLACE, `releases-${serial}`)
  )

rmSync(PLACE, { recursive: true, force: true })
const keys = await openKeys(join(PLACE, "keys"), Date.now())
const copies = ["old", "new"].map((name) => join(PLACE, name))
for (const copy of copies) {
  for (const source of SOURCES) cpSync(join(TOP, source), join(copy, source), { recursive: true })
  mkdirSync(copy, { recursive: true })
  symlinkSync(join(TOP, "node_modules"), join(copy, "node_modules"), "dir")
}
const [old = "", changed = ""] = copies
const text = readFileSync(join(changed, CHANGE.file), "utf8")
if (!text.includes(CHANGE.from)) throw new Error(`${CHANGE.file} has no ${CHANGE.from}`)
writeFileSync(join(changed, CHANGE.file), text.replace(CHANGE.from, CHANGE.to))

const before = await build(old, 1, [])
const after = await build(changed, 2, [before])
const had = new Map(before.manifest.files.map(({ path, sha256 }) => [sha256, path]))
const fetched = after.manifest.files.filter(({ sha256 }) => !had.has(sha256))
const shortest = ({ size, packs = [] }: (typeof fetched)[number]): number =>
  Math.min(size, ...packs.filter(({ from }) => from === null || had.has(from)).map((pack) => pack.size))
const bytes = (release: BuiltRelease, path: string): Buffer => readFileSync(join(release.folder, path))
const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0)

const zstd = ({ path }: { readonly path: string }): number =>
  zstdCompressSync(bytes(after, path), {
    dictionary: bytes(before, path),
    params: { [constants.ZSTD_c_compressionLevel]: 19, [constants.ZSTD_c_windowLog]: 23 }
  }).length
const ours = sum(fetched.map(shortest))
const delta = sum(fetched.map(zstd))
const packed = sum(fetched.map(({ packs = [], size }) => packs.find(({ from }) => from === null)?.size ?? size))
const whole = sum(after.manifest.files.map(({ path }) => brotliCompressSync(bytes(after, path)).length))

printTable(
  "One changed line: what goes over the network",
  ["", "bytes"],
  [
    ["fetched by a client that has the release before", String(ours)],
    ["zstd, level 19, the old file as its dictionary", String(delta)],
    [`the changed file, packed`, String(packed)],
    ["the whole release in Brotli", String(whole)]
  ]
)
const goals = [
  atMost("beside the smaller of zstd delta and changed file", ours / Math.min(delta, packed), MOST, "times")
]
printGoals(goals)
await writeReport("release", { ours, delta, packed, whole, goals })
rmSync(PLACE, { recursive: true, force: true })
