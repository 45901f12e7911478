/** Opens a service's platform in the document that holds it (offscreen in Chrome). Keeps SPEC rule CLI-29. */
import { openAppFrame } from "../platform/app-frame.ts"
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

/** Makes the opener; texts of the files are read once, when they are first needed. */
export const makeOpenServicePlatform = (files: PlatformFiles): OpenServicePlatform => {
  const workerCode = once(() => packagedText(files.workerScript))
  const prelude = once(() => packagedText(files.prelude))
  const traceLog = once(openTraceLog)
  return async (pin, { takeTicket, lookAgain, answered, tell, onLeft, trace, offlineDays }) => {
    const store = await ReleaseStore.open(await openReleaseStorage(pin.origin, pin.service), sha256Hex, pin)
    return new ClientServicePlatform(pin, store, {
      takeTicket,
      lookAgain,
      answered,
      tell,
      onLeft,
      offlineDays,
      prelude,
      openFrame: async () => openAppFrame(files.sandboxPage, await workerCode()),
      trace: trace ? await traceLog() : null
    })
  }
}

const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | null = null
  return () => (made ??= make())
}
