/** The headers of every answer under a local page's address. Keeps SPEC rules ROU-32, CLI-26. */

type Headers = readonly (readonly [name: string, value: string])[]

/**
 * What confines a local page. The sandbox tokens must be a subset of the manifest's, or the navigation aborts without a word; without
 * any the tab crashes or the navigation never finishes, so that every answer needs them.
 * `form-action` keeps forms off the web; it cannot tell local addresses apart, as the browser lets all of the extension's pass (docs/findings.md).
 */
export const CONFINING_HEADERS: Headers = [
  [
    "content-security-policy",
    "sandbox allow-scripts allow-forms allow-modals allow-downloads; default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data:; " +
      "style-src 'unsafe-inline' blob: data:; img-src blob: data:; font-src blob: data:; media-src blob: data:; connect-src blob: data:; worker-src blob: data:; " +
      "frame-src 'self' blob: data:; form-action 'self'; base-uri http: https:"
  ],
  // `()` would stop links and forms, without `redirects=allow` 30x fail; stops preconnect and WebRTC, which CSP does not.
  ["connection-allowlist", "(response-origin);redirects=allow"],
  ["referrer-policy", "no-referrer"]
]
