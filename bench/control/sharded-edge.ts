/** The edge with another number of shards: its source, copied, with that one constant changed. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { edgeConfig, type EdgeSettings } from "../../scripts/local/edge-config.ts"
import { startWorker, type EdgeProcess } from "../../scripts/local/edge-process.ts"
import { TOP } from "../support/report.ts"

const CONSTANT = /^export const SHARDS = \d+$/m
const SOURCES = ["edge", "shared", "wrangler.toml", "tsconfig.base.json", "package.json"]

/** Copies the source, so that it still finds its packages; the folder. */
const copySource = (shards: number): string => {
  const folder = resolve(TOP, `build/bench/shards-${shards}`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const name of SOURCES) cpSync(join(TOP, name), join(folder, name), { recursive: true })
  const file = join(folder, "edge/platform/objects.ts")
  const source = readFileSync(file, "utf8")
  if (!CONSTANT.test(source)) throw new Error(`${file}: no constant SHARDS`)
  writeFileSync(file, source.replace(CONSTANT, `export const SHARDS = ${shards}`))
  return folder
}

/** Starts an edge whose control sockets are spread over so many objects. */
export const startShardedEdge = (shards: number, folder: string, settings: EdgeSettings): Promise<EdgeProcess> =>
  startWorker({ folder, config: edgeConfig(copySource(shards), settings) })
