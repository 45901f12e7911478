/** Battery, storage and network hints of this device, as far as the browser tells. */
import type { Environment } from "../../shared/environment/readings.ts"

/** The Battery Status API, which TypeScript's DOM library does not have. */
interface BatteryManager extends EventTarget {
  readonly level: number
  readonly charging: boolean
}

const battery = async (): Promise<BatteryManager | null> => {
  const { getBattery } = navigator as Navigator & { readonly getBattery?: () => Promise<BatteryManager> }
  return getBattery === undefined ? null : getBattery.call(navigator)
}

/** Bytes of this extension on this computer, and whether the browser keeps them when the disk is full. */
export interface StorageReading {
  readonly used: number
  readonly left: number
  readonly isKept: boolean
}

export const readStorage = async (): Promise<StorageReading> => {
  const [{ quota = 0, usage = 0 }, isKept] = await Promise.all([
    navigator.storage.estimate(),
    navigator.storage.persisted()
  ])
  return { used: usage, left: Math.max(0, quota - usage), isKept }
}

const storageLeft = async (): Promise<number | null> => {
  const { quota, usage } = await navigator.storage.estimate()
  return quota === undefined || usage === undefined ? null : Math.max(0, quota - usage)
}

/** The Network Information API, which TypeScript's DOM library does not have. */
interface NetworkInformation extends EventTarget {
  readonly effectiveType: "slow-2g" | "2g" | "3g" | "4g"
}

const connection = (): NetworkInformation | null =>
  (navigator as Navigator & { readonly connection?: NetworkInformation }).connection ?? null

/** By round trip and bandwidth as the browser sees them: what it calls 2g or worse. */
const isSlow = (): boolean | null => {
  const network = connection()
  return network === null ? null : network.effectiveType === "slow-2g" || network.effectiveType === "2g"
}

/** The readings now; null for what is not known. */
export const readDevice = async (): Promise<Omit<Environment, "network"> & { readonly isSlow: boolean | null }> => {
  const [source, left] = await Promise.all([battery(), storageLeft()])
  return {
    battery: source === null ? null : { level: source.level, charging: source.charging },
    storageLeft: left,
    load: null,
    isSlow: isSlow()
  }
}

/** Asks that this origin's storage is not taken away when the disk is full; false when the browser will not say so. */
export const persistStorage = (): Promise<boolean> => navigator.storage.persist()

/** Calls `onReading` when battery or charging changed, `onNetwork` when the browser saw a network come or go. */
export const watchDevice = (onReading: () => void, onNetwork: () => void): (() => void) => {
  const stop = new AbortController()
  const { signal } = stop
  battery().then(
    (source) => {
      source?.addEventListener("levelchange", onReading, { signal })
      source?.addEventListener("chargingchange", onReading, { signal })
    },
    () => undefined // no battery to watch
  )
  connection()?.addEventListener("change", onReading, { signal })
  window.addEventListener("online", onNetwork, { signal })
  window.addEventListener("offline", onNetwork, { signal })
  return () => stop.abort()
}
