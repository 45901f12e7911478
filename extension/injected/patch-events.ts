/**
 * EventSource on a service's `<mount>.locum/changes`: native while the server serves, ticks of the platform while this browser
 * does, without the page noticing the change. Other EventSources are the browser's alone. Keeps SPEC rule ROU-7.
 */
import { PLATFORM_SEGMENT } from "../../shared/protocol/headers.ts"
import { natives, replace } from "./natives.ts"
import { targetOf } from "./patch-fetch.ts"
import type { PlatformLink } from "./platform-link.ts"

const isChanges = (url: URL): boolean => url.pathname.endsWith(`/${PLATFORM_SEGMENT}changes`)

/** Replaces window.EventSource. @param native false in a local page, which reaches no server by itself */
export const patchEventSource = (link: PlatformLink, ownOrigin: () => string, native: boolean): void => {
  const Patched = new Proxy(natives.EventSource, {
    construct(target, args: [string | URL, EventSourceInit?], newTarget): object {
      const url = targetOf(args[0], ownOrigin)
      if (url === null || !isChanges(url)) return Reflect.construct(target, args, newTarget) as object
      return new ChangeSource(link, url, native)
    }
  })
  replace(window, "EventSource", Patched, false)
}

/** An EventSource of both sides: subscribed at the platform all the time, and natively where that is possible. */
class ChangeSource extends EventTarget {
  readonly url: string
  readonly withCredentials = false
  readyState = 1
  onopen: ((event: Event) => void) | null = null
  onmessage: ((event: MessageEvent) => void) | null = null
  onerror: ((event: Event) => void) | null = null
  readonly #stop: () => void
  readonly #native: EventSource | null

  constructor(link: PlatformLink, url: URL, native: boolean) {
    super()
    this.url = url.href
    for (const type of ["open", "message", "error"] as const)
      this.addEventListener(type, (event) => this[`on${type}`]?.(event as MessageEvent))
    const tick = (data: string): void =>
      void this.dispatchEvent(new MessageEvent("message", { data, origin: url.origin }))
    this.#stop = link.subscribe(url.href, (message) => {
      if (message.type === "tick") tick(message.data)
    })
    this.#native = native ? new natives.EventSource(url) : null
    this.#native?.addEventListener("message", (event) => tick(String(event.data)))
    natives.setTimeout(() => this.dispatchEvent(new Event("open")), 0)
  }

  close(): void {
    this.readyState = 2
    this.#stop()
    this.#native?.close()
  }
}
