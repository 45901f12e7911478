/**
 * What a shell believes and does for the page in its frame, which may be hostile: the frame's word leads on within its service; out of it
 * only a person does. Pure. Keeps SPEC rules ROU-16, ROU-29, ROU-33.
 */
import { routeFor } from "../../shared/switchover/route-for.ts"
import type { RoutingTable } from "../../shared/switchover/routes.ts"

/** A service as the shell knows it, from the preset. */
export interface ShellService {
  readonly service: string
  readonly origin: string
  /** Begins and ends with a slash. */
  readonly mount: string
}

/** What a shell's own address says: show `url`, with the POST stored under `token` (`show`), or send that POST there (`send`). */
export interface ShellAddress {
  readonly url: string
  readonly token: string | null
  readonly purpose: "show" | "send"
}

/** Of `…?[t=<token>&|s=<token>&]u=<whole URL>`, fragment included: it is not encoded. */
export const shellAddress = (href: string): ShellAddress => {
  const [head = "", ...rest] = href.slice(href.indexOf("?") + 1).split("u=")
  const [, purpose, token = null] = /^([ts])=([0-9a-f]{32})&$/.exec(head) ?? []
  return { url: rest.join("u="), token, purpose: purpose === "s" ? "send" : "show" }
}

/** True for an address that the service serves. */
export const isServed = ({ origin, mount }: ShellService, url: string): boolean => {
  const target = URL.parse(url)
  return target?.origin === origin && `${target.pathname}/`.startsWith(mount)
}

/** The service that has the address; for a form that leaves its service, one of the same origin. Deepest mount first. */
export const shellServiceOf = <Service extends ShellService>(
  services: readonly Service[],
  { url, purpose }: ShellAddress
): Service | null => {
  const byDepth = services.toSorted((a, b) => b.mount.length - a.mount.length)
  const served = byDepth.find((service) => isServed(service, url))
  if (served !== undefined || purpose === "show") return served ?? null
  return byDepth.find((service) => URL.parse(url)?.origin === service.origin) ?? null
}

/** What the shell's corner says while this browser answers, and once the server does again. */
export const NOTICE = { client: "served by this browser", server: "the server answers again" } as const

/** What the corner says of a page under these tables; null: what it said before, since it is not decided. */
export const noticeOf = (tables: readonly RoutingTable[], service: string, url: string): string | null => {
  const table = tables.find((one) => one.service === service)
  const target = URL.parse(url)
  if (table === undefined || target === null) return null
  const mode = routeFor(table, target.pathname)
  return mode === "hold" ? null : NOTICE[mode]
}

/**
 * May these pages have the shell in a frame? Another site could lay it under what a person clicks on.
 * @param ancestors their origins, as the browser says
 */
export const mayEmbed = (ancestors: readonly string[], service: ShellService, extensionOrigin: string): boolean =>
  ancestors.every((origin) => origin === service.origin || origin === extensionOrigin)

/** Out of the service goes what a person did just now, and not more often than once a second: an address can carry data away. */
export class LeaveGuard {
  readonly #isActive: () => boolean
  readonly #now: () => number
  #last = Number.NEGATIVE_INFINITY

  /** @param isActive whether the browser saw a person act in the last moments @param now ms */
  constructor(isActive: () => boolean, now: () => number) {
    this.#isActive = isActive
    this.#now = now
  }

  /** True when the page may leave for `url` now. */
  allows(url: string): boolean {
    if (!/^https?:\/\//.test(url) || !this.#isActive() || this.#now() - this.#last < 1000) return false
    this.#last = this.#now()
    return true
  }
}
