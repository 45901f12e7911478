/**
 * This client's readings for one service: network, battery, storage. A change is told once, after the device's events have settled
 * for a moment. Keeps SPEC rules ENV-1, ENV-5.
 */
import { isStorageLow, type Environment } from "../../shared/environment/readings.ts"
import type { Reachability } from "./reachability.ts"

/** What the device tells of itself; each reading null when it is unknown. */
export interface DeviceReadings {
  readonly battery: Environment["battery"]
  readonly storageLeft: Environment["storageLeft"]
  readonly load: Environment["load"]
  /** The connection is a slow one; null while nobody knows. */
  readonly isSlow: boolean | null
}

export interface EnvironmentPorts {
  readonly reachability: Reachability
  /** Reads the device. */
  readonly readDevice: () => Promise<DeviceReadings>
  /** Called when a reading changed in a way that a condition or the operator may care about. */
  readonly onChange: (environment: Environment) => void
}

const UNKNOWN_DEVICE: DeviceReadings = { battery: null, storageLeft: null, load: null, isSlow: null }

/** Battery steps under this are not told; storage only when it halved or doubled, or became low. */
const BATTERY_STEP = 0.05

export class EnvironmentWatch {
  readonly #ports: EnvironmentPorts
  #device: DeviceReadings = UNKNOWN_DEVICE
  /** What was told last: small steps add up. */
  #told: DeviceReadings = UNKNOWN_DEVICE

  constructor(ports: EnvironmentPorts) {
    this.#ports = ports
  }

  get current(): Environment {
    const { isSlow, ...device } = this.#device
    const { network } = this.#ports.reachability
    return { ...device, network: network === "online" && isSlow === true ? "poor" : network }
  }

  /** Reads the device again; called at start and on its events. */
  async refresh(): Promise<void> {
    this.#device = await this.#ports.readDevice()
    if (!isWorthTelling(this.#told, this.#device)) return
    this.#told = this.#device
    this.#ports.onChange(this.current)
  }
}

const isWorthTelling = (before: DeviceReadings, now: DeviceReadings): boolean =>
  before.isSlow !== now.isSlow ||
  batteryChanged(before.battery, now.battery) ||
  storageChanged(before.storageLeft, now.storageLeft)

const batteryChanged = (before: DeviceReadings["battery"], now: DeviceReadings["battery"]): boolean =>
  before === null || now === null
    ? before !== now
    : before.charging !== now.charging || Math.abs(before.level - now.level) >= BATTERY_STEP

const storageChanged = (before: number | null, now: number | null): boolean =>
  before === null || now === null
    ? before !== now
    : now > before * 2 ||
      now < before / 2 ||
      isStorageLow({ storageLeft: before }) !== isStorageLow({ storageLeft: now })
