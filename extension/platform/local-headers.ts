/** The headers of every answer under a local page's address. Keeps SPEC rules ROU-32, CLI-26, CLI-39, CLI-40. */

type Headers = readonly (readonly [name: string, value: string])[]

/**
 * What confines a local page. The sandbox tokens must be a subset of the manifest's, or the navigation aborts without a word; without
 * any the tab crashes or the navigation never finishes, so that every answer needs them.
 * A frame has no other page than a local one, and Trusted Types guard the text of `srcdoc`: any other realm would have WebRTC.
 * `form-action` keeps forms off the web; it cannot tell local addresses apart, as the browser lets all of the extension's pass (docs/findings.md).
 */
const POLICY =
  "sandbox allow-scripts allow-forms allow-modals allow-downloads; default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data:; " +
  "style-src 'unsafe-inline' blob: data:; img-src blob: data:; font-src blob: data:; media-src blob: data:; connect-src blob: data:; worker-src blob: data:; " +
  "frame-src 'self'; form-action 'self'; base-uri http: https:; require-trusted-types-for 'script'"

/** For an answer that is not a page made here, and so does not confine its own realm: an SVG image or XML has scripts too. */
const WITHOUT_SCRIPT = "script-src 'none'"

export const confiningHeaders = (isMadeHere: boolean): Headers => [
  ["content-security-policy", isMadeHere ? POLICY : `${POLICY}, ${WITHOUT_SCRIPT}`],
  // `()` would stop links and forms, without `redirects=allow` 30x fail; stops preconnect, which CSP does not. Neither stops WebRTC: `injected/confine-realm.ts`.
  ["connection-allowlist", "(response-origin);redirects=allow"],
  ["referrer-policy", "no-referrer"]
]

/** The type of a page that is made here: a local page with its prelude. No other encoding could read the prelude as something else. */
export const MADE_PAGE_TYPE = "text/html; charset=utf-8"
