/** Opens services' platforms in the document that holds them (offscreen in Chrome). Keeps SPEC rules CLI-29, CLI-42. */
import { FrameStock, openAppFrame } from "../platform/app-frame.ts"
import type { OpenServicePlatform } from "../platform/client-platform.ts"
import { sha256Hex } from "../platform/crypto.ts"
import { packagedText } from "../platform/origin-fetch.ts"
import { openReleaseStorage } from "../platform/release-storage.ts"
import { openTraceLog } from "../platform/trace-log.ts"
import { ReleaseStore } from "../release/release-store.ts"
import { ClientServicePlatform } from "./service-platform.ts"

/** Where the build put what a platform runs; URLs of the extension. */
export interface PlatformFiles {
  /** The sandboxed page (sandboxes/app). */
  readonly sandboxPage: string
  /** The app's Worker (app-worker). */
  readonly workerScript: string
  /** The first script of local pages (injected/local). */
  readonly prelude: string
}

/** Makes platforms; what an app runs in is made ready before the first is opened. */
export interface PlatformMaker {
  readonly open: OpenServicePlatform
  /** No app runs here for now: nothing is kept ready. */
  readonly rest: () => void
}

/** Texts of the files are read once, when they are first needed. */
export const makePlatforms = (files: PlatformFiles): PlatformMaker => {
  const workerCode = once(() => packagedText(files.workerScript))
  const prelude = once(() => packagedText(files.prelude))
  const traceLog = once(openTraceLog)
  const frames = new FrameStock(async () => openAppFrame(files.sandboxPage, await workerCode()))
  return {
    open: async (pin, { takeTicket, lookAgain, answered, tell, onLeft, trace, offlineDays }) => {
      const store = await ReleaseStore.open(await openReleaseStorage(pin.origin, pin.service), sha256Hex, pin)
      return new ClientServicePlatform(pin, store, {
        takeTicket,
        lookAgain,
        answered,
        tell,
        onLeft,
        offlineDays,
        prelude,
        openFrame: () => frames.take(),
        trace: trace ? await traceLog() : null
      })
    },
    rest: () => frames.letGo()
  }
}

const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | null = null
  return () => (made ??= make())
}
