/** navigator.sendBeacon: to the platform while this browser serves, natively otherwise (F33). */
import { natives, replace } from "./natives.ts"
import { targetOf } from "./patch-fetch.ts"
import type { PlatformLink } from "./platform-link.ts"
import { withKey, type RequestRouter } from "./route-request.ts"

/** Replaces navigator.sendBeacon. */
export const patchBeacon = (link: PlatformLink, router: RequestRouter, ownOrigin: () => string): void => {
  const patched = function sendBeacon(url: string | URL, data?: BodyInit | null): boolean {
    const target = targetOf(url, ownOrigin)
    const mode = target === null ? "uncovered" : link.modeOf(target)
    if (target === null || (mode !== "client" && mode !== "hold")) return natives.sendBeacon(url, data)
    const request = withKey(new natives.Request(target, { method: "POST", body: data ?? null, keepalive: true }))
    router
      .platformFirst(request, "routed")
      .catch((error: unknown) => link.uncovered(target.href, "POST", String(error)))
    return true
  }
  replace(Navigator.prototype, "sendBeacon", patched)
}
