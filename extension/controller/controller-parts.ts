/** What a service's controller is made from: ports of platform/, the units that the entry opened, and what was stored. */
import type { ClientId, Side } from "../../shared/protocol/names.ts"
import type { DeviceReadings } from "../environment/environment-watch.ts"
import type { ProbeResult } from "../environment/reachability.ts"
import type { ServicePin, ServicePlatform } from "../platform/client-platform.ts"
import type { OpenTextSocket, TextSocket } from "../platform/text-socket.ts"
import type { PolicyStore } from "../policy/policy-store.ts"
import type { ServiceStore, StoredSides, VerifiedSession } from "./service-store.ts"
import type { SessionKeeper } from "./session-keeper.ts"
import type { LastSyncs } from "./sync-schedule.ts"

/** A switch of this browser, for the trace. Times in ms. */
export interface SwitchTrace {
  readonly kind: "switch"
  readonly to: "server" | "client"
  readonly at: number
  readonly serial: number
  readonly tookMs: number
  readonly longestHoldMs: number
  readonly held: number
}

export interface ControllerPorts {
  readonly now: () => number
  readonly after: (ms: number, run: () => void) => () => void
  /** Between 0 and 1. */
  readonly random: () => number
  /** One cheap request to the origin. */
  readonly probe: () => Promise<ProbeResult>
  readonly openSocket: (ticket: string, handlers: Parameters<OpenTextSocket>[1]) => TextSocket
  readonly readDevice: () => Promise<DeviceReadings>
  /** Asks for storage that is not taken away; false when it is not granted. */
  readonly persistStorage: () => Promise<boolean>
  readonly trace: (row: SwitchTrace) => void
  readonly logError: (what: string, cause: unknown) => void
}

export interface ControllerParts {
  readonly pin: ServicePin
  readonly client: ClientId
  readonly ports: ControllerPorts
  readonly store: ServiceStore
  readonly policies: PolicyStore
  readonly session: SessionKeeper
  readonly platform: ServicePlatform
  /** What was in force when this profile was last at work. */
  readonly stored: {
    readonly sides: StoredSides
    readonly session: VerifiedSession | null
    readonly lastSyncs: LastSyncs
    readonly wish: Side | null
  }
}
