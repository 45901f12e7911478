/** Which process is running now; the runtime's own functions (ambient.ts) lead to it. */
import type { Disk } from "../client/disk.ts"
import type { Process } from "./process.ts"

/** What a process finds where a browser or the Workers runtime has these. */
export interface Surroundings {
  readonly disk: Disk | null
  readonly openSocket: ((url: string) => object) | null
}

const NOWHERE: Surroundings = { disk: null, openSocket: null }

const surroundings = new WeakMap<Process, Surroundings>()

export const CURRENT: { process: Process | null } = { process: null }

/** Says what a process finds around it. */
export const surround = (process: Process, around: Partial<Surroundings>): void => {
  surroundings.set(process, { ...NOWHERE, ...around })
}

export const aroundCurrent = (): Surroundings =>
  (CURRENT.process === null ? undefined : surroundings.get(CURRENT.process)) ?? NOWHERE
