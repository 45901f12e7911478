/**
 * Names of the HTTP headers and paths that both sides know (DESIGN 3.1, 3.3, 3.4).
 * Keeps SPEC rules PRO-1 and PRO-2; DOC-16 and CLI-26 have their list of headers here.
 */

/** Version of every message in shared/protocol and shared/sync; a peer that speaks another one is refused aloud (PRO-1). */
export const PROTOCOL_VERSION = 1

/** A write's UUIDv7, made by the page script or by the platform (draft-ietf-httpapi-idempotency-key-header). */
export const IDEMPOTENCY_KEY_HEADER = "Idempotency-Key"

/** On a 503: the service is closed for maintenance; the value is the serial of the policy that closed it. */
export const CLOSED_HEADER = "Locum-Closed"

/**
 * What an app may say about its answer itself where its word is not the origin's: nothing about connection, cookies, security or other
 * origins. A list of what is known to be harmless, since browsers keep learning headers that load, report, store, look names up or grant.
 */
const ANSWER_HEADERS: ReadonlySet<string> = new Set([
  "cache-control",
  "content-disposition",
  "content-language",
  "content-type",
  "etag",
  "expires",
  "last-modified",
  "location",
  "vary"
])

/** True for a header that says something about the app's answer itself, and nothing more; any spelling. */
export const isAnswerHeader = (name: string): boolean => ANSWER_HEADERS.has(name.toLowerCase())

/** Prefix of the control plane's own URLs; never intercepted, never matched by a policy (promise 6, PRO-2). */
export const CONTROL_PREFIX = "/_locum/"

/** The control plane's own pages after which somebody else may be signed in. */
export const SIGN_PATHS: readonly string[] = [`${CONTROL_PREFIX}sign-in`, `${CONTROL_PREFIX}sign-out`]

/** Where an origin announces its services. */
export const WELL_KNOWN_PATH = "/.well-known/locum.json"

/** Prefix, under a service's mount, of the URLs that the platform itself answers on both sides. */
export const PLATFORM_SEGMENT = ".locum/"

/** True for paths that belong to the control plane and must always reach the real server. */
export const isControlPath = (path: string): boolean =>
  path === "/_locum" || path.startsWith(CONTROL_PREFIX) || path === WELL_KNOWN_PATH
