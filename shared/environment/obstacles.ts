/**
 * What a device cannot be asked for now: an update, or to stand in for the server (P3, P41). What is unknown is no obstacle. A
 * network that is away is none for standing in: there is nobody else. Keeps SPEC rules ENV-10, CON-16.
 */
import type { Refusal } from "../protocol/control-up.ts"
import type { Environment } from "./readings.ts"

/** Least charge (while not charging) and least room, bytes, for each wish. */
const LEAST = {
  /** A download and a trial run. */
  update: { battery: 0.2, storage: 50_000_000 },
  /** An app that runs, replicas, a journal. */
  takeover: { battery: 0.1, storage: 20_000_000 }
} as const

/** Why this device should not fetch and try a release now, null when nothing speaks against it. */
export const updateObstacle = (environment: Environment): Refusal | null => {
  const { network } = environment
  if (network === "offline" || network === "poor") return { kind: "network", text: `the network is ${network}` }
  return deviceObstacle(environment, "update")
}

/** Why this device should not take over from a server that can be reached. */
export const takeoverObstacle = (environment: Environment): Refusal | null =>
  environment.network === "offline" ? null : deviceObstacle(environment, "takeover")

const deviceObstacle = ({ battery, storageLeft }: Environment, wish: keyof typeof LEAST): Refusal | null => {
  const least = LEAST[wish]
  if (battery !== null && !battery.charging && battery.level < least.battery)
    return {
      kind: "battery",
      text: `${Math.round(battery.level * 100)} % left and not charging; this asks for ${least.battery * 100} %`
    }
  if (storageLeft !== null && storageLeft < least.storage)
    return { kind: "storage", text: `${storageLeft} bytes are left; this asks for ${least.storage}` }
  return null
}
