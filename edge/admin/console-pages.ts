/** The console's sign-in page, and the headers of all that the console is made of. Keeps SPEC rules CSL-1, CSL-3. */

export const CONSOLE_PATH = "/_locum/console/"

/** Nothing from elsewhere, no inline script or style, in no frame. */
export const CONSOLE_HEADERS = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-cache"
} as const

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.codePointAt(0)};`)

/** Asks for the token; works without script. */
export const consoleSignIn = (problem: string | null): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Locum: sign in</title>
<link rel="stylesheet" href="${CONSOLE_PATH}console.css"></head>
<body class="sign-in"><main><h1>Locum console</h1>
${problem === null ? "" : `<p role="alert">${escapeHtml(problem)}</p>`}
<form method="post" action="${CONSOLE_PATH}sign-in">
<label>Admin token <input type="password" name="token" required autofocus autocomplete="current-password"></label>
<button class="primary">Sign in</button>
</form></main></body></html>`
