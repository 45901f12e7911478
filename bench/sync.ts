/**
 * Question: how fast, how safely and at what price does the edge keep a document that people edit? Asked of Locum's edge, of
 * y-partyserver (the same runtime), of Hocuspocus (Node, SQLite) and of y-websocket's server (Node, memory), in turns.
 *
 * Targets: three times y-partyserver's throughput while every acknowledged edit is durable; stored bytes after compaction at
 * most 1.1 times the encoded document; a document of 5 MB loads in at most 1.2 times what Yjs takes to parse it in the same runtime.
 * What is asked: BENCH_PARTS, of throughput, durable, stored, load, offline. Sizes: BENCH_EDITS, BENCH_LONG_EDITS, BENCH_ROUNDS.
 */
import { coldLoad } from "./sync/cold-load.ts"
import { durable } from "./sync/durable.ts"
import { offline } from "./sync/offline.ts"
import { storedPerEdit } from "./sync/stored-per-edit.ts"
import { throughput } from "./sync/throughput.ts"
import { printGoals, writeReport, type Goal } from "./support/report.ts"
import type { SyncSizes } from "./sync/part.ts"

const sizes: SyncSizes = {
  edits: Number(process.env["BENCH_EDITS"] ?? 10_000),
  longEdits: Number(process.env["BENCH_LONG_EDITS"] ?? 100_000),
  rounds: Number(process.env["BENCH_ROUNDS"] ?? 3),
  seed: Number(process.env["BENCH_SEED"] ?? 1)
}
const PARTS = { throughput, durable, stored: storedPerEdit, load: coldLoad, offline }

const asked = (process.env["BENCH_PARTS"] ?? Object.keys(PARTS).join(",")).split(",")
const goals: Goal[] = []
const figures: Record<string, unknown> = {}
for (const [name, part] of Object.entries(PARTS)) {
  if (!asked.includes(name)) continue
  const result = await part(sizes)
  goals.push(...result.goals)
  figures[name] = result.figures
}
printGoals(goals)
await writeReport("sync", { sizes, figures, goals })
