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

const storageLeft = async (): Promise<number | null> => {
  const { quota, usage } = await navigator.storage.estimate()
  return quota === undefined || usage === undefined ? null : Math.max(0, quota - usage)
}

/** The readings now; null for what is not known. */
export const readDevice = async (): Promise<Omit<Environment, "network">> => {
  const [source, left] = await Promise.all([battery(), storageLeft()])
  return {
    battery: source === null ? null : { level: source.level, charging: source.charging },
    storageLeft: left,
    load: null
  }
}

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
  window.addEventListener("online", onNetwork, { signal })
  window.addEventListener("offline", onNetwork, { signal })
  return () => stop.abort()
}
