/**
 * Memory of a whole browser: proportional set size (shared pages counted by their share) of its first process and of all
 * that it started, from /proc (Linux 4.14 or newer; proc(5), smaps_rollup).
 */
import { readdir, readFile } from "node:fs/promises"
import { setTimeout } from "node:timers/promises"
import { median } from "./statistics.ts"

const KIB_PER_MIB = 1024

/** A file of /proc; null when its process has ended meanwhile. */
const readProc = async (file: string): Promise<string | null> => {
  try {
    return await readFile(file, "utf8")
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined
    if (code === "ENOENT" || code === "ESRCH") return null
    throw error
  }
}

/** The parent of a process, from `pid (name) state ppid …`; the name may hold blanks and brackets. */
const parentOf = async (pid: number): Promise<number | null> => {
  const stat = await readProc(`/proc/${pid}/stat`)
  if (stat === null) return null
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])
}

/** `root` and all processes below it. */
const processTree = async (root: number): Promise<readonly number[]> => {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number)
  const parents = new Map(await Promise.all(pids.map(async (pid) => [pid, await parentOf(pid)] as const)))
  const tree = [root]
  for (const pid of tree) tree.push(...pids.filter((candidate) => parents.get(candidate) === pid))
  return tree
}

const pssOf = async (pid: number): Promise<number> => {
  const rollup = await readProc(`/proc/${pid}/smaps_rollup`)
  return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup ?? "")?.[1] ?? 0) / KIB_PER_MIB
}

/** Resident memory of the processes below `root`, itself included, that bear a name; MiB. */
export const residentMemory = async (root: number, name: RegExp): Promise<number> => {
  const each = (await processTree(root)).map(async (pid) => {
    const status = (await readProc(`/proc/${pid}/status`)) ?? ""
    const resident = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0)
    return name.test(/^Name:\s+(.*)$/m.exec(status)?.[1] ?? "") ? resident / KIB_PER_MIB : 0
  })
  return (await Promise.all(each)).reduce((sum, one) => sum + one, 0)
}

/** Memory of the process tree under `root`, MiB. */
const treePss = async (root: number): Promise<number> => {
  const each = await Promise.all((await processTree(root)).map(pssOf))
  return each.reduce((sum, pss) => sum + pss, 0)
}

const LOOK_AGAIN_MS = 1000
const LOOKS = 4
const GIVE_UP_AFTER = 20
/** Readings this close to each other count as settled, MiB. */
const SETTLED_WITHIN = 4

/** Memory of the process tree once it has stopped changing: the median of the last readings, MiB. */
export const settledPss = async (root: number): Promise<number> => {
  const readings: number[] = []
  while (readings.length < GIVE_UP_AFTER) {
    readings.push(await treePss(root))
    const last = readings.slice(-LOOKS)
    if (last.length === LOOKS && Math.max(...last) - Math.min(...last) < SETTLED_WITHIN) break
    await setTimeout(LOOK_AGAIN_MS)
  }
  return median(readings.slice(-LOOKS))
}
