/**
 * Watches a maintenance until it comes to a state, through moments in which the edge cannot be reached: a deploy makes such moments,
 * and so does the work on the server itself.
 */
import type { MaintenanceView } from "../../shared/protocol/admin-views.ts"
import type { Edge } from "../edge/admin-api.ts"
import { CommandFailure, EXIT } from "../exit-status.ts"
import type { ProgressTeller } from "../output/progress.ts"
import type { Machine } from "../platform/machine.ts"

const LOOK_EVERY_MS = 400

export interface FollowPorts extends Edge {
  readonly machine: Machine
  readonly progress: ProgressTeller
  /** For so long an edge that cannot be reached is asked again, ms. */
  readonly patienceMs: number
  /** Whether somebody wants this to end; asked between looks. */
  readonly isInterrupted: () => boolean
}

/** Asks again and again while the edge cannot be reached, until `patienceMs` have passed; other failures are the caller's. */
export const patiently = async <T>(ports: Omit<FollowPorts, "isInterrupted">, ask: () => Promise<T>): Promise<T> => {
  const { machine, progress, patienceMs } = ports
  const since = machine.now()
  for (let isTold = false; ; isTold = true) {
    try {
      return await ask()
    } catch (error) {
      const isAway = error instanceof CommandFailure && error.status === EXIT.notReachable
      if (!isAway || machine.now() - since >= patienceMs) throw error
      if (!isTold) progress.say(`${error.message}; trying again`)
      await machine.pause(LOOK_EVERY_MS)
    }
  }
}

/** Resolves to the maintenance once `isThere` says so; to null when it was interrupted before. */
export const follow = async (
  ports: FollowPorts,
  id: string,
  isThere: (view: MaintenanceView) => boolean
): Promise<MaintenanceView | null> => {
  const { api, machine, progress, isInterrupted } = ports
  while (!isInterrupted()) {
    const view = await patiently(ports, () => api.maintenance(id))
    progress.show(view)
    if (isThere(view)) return view
    await machine.pause(LOOK_EVERY_MS)
  }
  return null
}

export const isFinished = ({ state }: MaintenanceView): boolean => state === "finished"
export const isWaiting = ({ state }: MaintenanceView): boolean => state === "waiting"
