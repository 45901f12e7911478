/** What a group of protocol clients and whoever started it say to each other over the process's channel. */
import type { DeviceReadings } from "../../extension/environment/environment-watch.ts"
import type { ServicePin } from "../../extension/platform/client-platform.ts"

/** One client of a group: who, on what device. */
export interface Member {
  /** 32 hex digits. */
  readonly client: string
  /** Of the person, who signs in by the form. */
  readonly name: string
  readonly device: DeviceReadings
}

/** A device that lacks nothing. */
export const WELL: DeviceReadings = {
  battery: { level: 0.9, charging: false },
  storageLeft: 5_000_000_000,
  load: null,
  isSlow: false
}

export type GroupWish =
  | { readonly type: "start"; readonly pin: ServicePin; readonly members: readonly Member[] }
  /** Everybody opens a page now and then from now on. */
  | { readonly type: "use"; readonly path: string; readonly everyMs: number }
  /** Every device has these readings now. */
  | { readonly type: "device"; readonly device: DeviceReadings }
  /** No page is opened any more; answered by the tally when the last one is there. */
  | { readonly type: "rest" }

/** What the group's pages came to. */
export interface Tally {
  readonly byServer: number
  readonly byClient: number
  /** The server was closed, and this client did not take over. */
  readonly closed: number
  /** In sentences, each with the client's id. */
  readonly failed: readonly string[]
}

export type GroupWord = { readonly type: "started" } | { readonly type: "rested"; readonly tally: Tally }
