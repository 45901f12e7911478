/** The soak's simulation: a million operations over many seeds, on every core. SPEC rules SIM-1 to SIM-6. */
import { spawn } from "node:child_process"
import { availableParallelism } from "node:os"
import { createInterface } from "node:readline"
import * as v from "valibot"
import { parseJson } from "../../shared/protocol/parse.ts"
import type { SoakOptions } from "./soak-part.ts"

const OPERATIONS = 1_000_000
const RUN_OPERATIONS = 500
const TELL_EVERY_MS = 60_000

const number = v.number()
const FiguresSchema = v.object({
  seed: number,
  operations: number,
  crashes: number,
  cuts: number,
  switches: number,
  events: number,
  counts: v.record(v.string(), number),
  failure: v.nullable(v.string())
})

/** Sums over all runs, by name. */
type Sums = Record<string, number>

/** Plays it; says whether every run held. */
export const simulationPart = async ({ seed, operations }: SoakOptions): Promise<boolean> => {
  const isOne = operations !== null
  const first = seed ?? Math.floor(Math.random() * 0x3fffffff)
  const processes = isOne ? 1 : availableParallelism()
  const [all, each] = isOne ? [1, operations] : [OPERATIONS / processes, RUN_OPERATIONS]
  const sums: Sums = {}
  const begin = performance.now()
  const tell = (): void => {
    const minutes = ((performance.now() - begin) / 60_000).toFixed(1)
    process.stdout.write(`simulation, ${minutes} min: ${JSON.stringify(sums)}\n`)
  }
  process.stdout.write(`simulation: seeds from ${first}\n`)
  const timer = setInterval(tell, TELL_EVERY_MS)
  const codes = await Promise.all(
    Array.from({ length: processes }, (_none, index) => runs([first + index, processes, all, each], sums))
  )
  clearInterval(timer)
  tell()
  return codes.every((code) => code === 0) && sums["failed"] === 0
}

/** One process; resolves to its exit code. */
const runs = (args: readonly number[], sums: Sums): Promise<number | null> => {
  const module = (path: string): string => new URL(path, import.meta.url).href
  const child = spawn(
    process.execPath,
    [
      "--max-semi-space-size=64",
      "--import",
      module("../simulation/resolve.ts"),
      "scripts/soak/simulation-runs.ts",
      ...args.map(String)
    ],
    { stdio: ["ignore", "pipe", "inherit"] }
  )
  createInterface({ input: child.stdout }).on("line", (line) => count(line, sums))
  return new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("close", resolve)
  })
}

const count = (line: string, sums: Sums): void => {
  const figures = parseJson(FiguresSchema, line)
  if (!figures.ok) throw new Error(`a simulation said ${line}: ${figures.error}`)
  const { failure, counts, seed: _seed, ...rest } = figures.value
  const add = (name: string, by: number): void => void (sums[name] = (sums[name] ?? 0) + by)
  add("runs", 1)
  add("failed", failure === null ? 0 : 1)
  for (const [name, by] of Object.entries({ ...rest, ...counts })) add(name, by)
  if (failure !== null) process.stdout.write(`${failure}\n`)
}
