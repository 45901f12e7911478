/**
 * Addresses of local pages: `/~<secret name><path>` under the extension's own origin stands for `<origin><path>`. One scheme for all
 * services, preset or added (DESIGN 4). The browser lets a sandboxed page of the extension send links, frames and forms to any other one, so
 * what keeps two services apart is that neither can know the other's name. Keeps SPEC rules ROU-1, ROU-2.
 */
import { digest } from "lib0/hash/sha256"

/** A service whose local pages have a name. */
export interface LocalPlace {
  readonly origin: string
  /** `/~` and 32 hex digits. */
  readonly prefix: string
}

const NAME_BYTES = 16

/**
 * The place of a service's local pages. The name is a hash, so that no service learns from its own what another's is.
 * @param secret of this installation
 */
export const localPlace = (
  secret: string,
  { service, origin }: { readonly service: string; readonly origin: string }
): LocalPlace => {
  const hash = digest(new TextEncoder().encode(`${secret} ${origin} ${service}`)).subarray(0, NAME_BYTES)
  const name = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("")
  return { origin, prefix: `/~${name}` }
}

/** `/~<name>/calendar/x?y#z` of an URL at the service's origin; null for any other URL. */
export const localPathOf = (place: LocalPlace, url: string): string | null => {
  if (!URL.canParse(url)) return null
  const { origin, pathname, search, hash } = new URL(url)
  return origin === place.origin ? `${place.prefix}${pathname}${search}${hash}` : null
}

/** The whole original URL that a local page's path (with query and fragment) stands for; null when it is not one of this service. */
export const realUrlOf = ({ origin, prefix }: LocalPlace, localPath: string): string | null =>
  localPath.startsWith(`${prefix}/`) ? origin + localPath.slice(prefix.length) : null
