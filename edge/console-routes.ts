/** The operator's console: its files, and the sign-in for those who come with a token. Keeps SPEC rules CSL-1 to CSL-3. */
import { Hono } from "hono"
import { CONSOLE_HEADERS, CONSOLE_PATH, consoleSignIn } from "./admin/console-pages.ts"
import { consoleCookie, noConsoleCookie } from "./admin/console-session.ts"
import { adminAccess, consoleSecrets } from "./identity-wiring.ts"
import { equalSecrets } from "./platform/crypto.ts"
import type { Env } from "./platform/objects.ts"
import { now } from "./platform/runtime.ts"
import { isForeignWrite } from "./router/find-document.ts"
import { textAnswer } from "./router/plain-answers.ts"

/** The files that the build makes. */
const FILES: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8"
}

const page = (status: number, body: BodyInit): Response =>
  new Response(body, { status, headers: { ...CONSOLE_HEADERS, "Content-Type": "text/html; charset=utf-8" } })

const isHttps = (request: Request): boolean => new URL(request.url).protocol === "https:"

const asset = (env: Env, request: Request, name: string): Promise<Response> =>
  env.ASSETS.fetch(new URL(CONSOLE_PATH + name, request.url))

/** To the console, with a cookie. */
const backWith = (cookie: string): Response =>
  new Response(null, {
    status: 303,
    headers: { Location: CONSOLE_PATH, "Set-Cookie": cookie, "Cache-Control": "no-store" }
  })

export const consoleRoutes = new Hono<{ Bindings: Env }>()
  .get("/", async ({ env, req }) => {
    const access = await adminAccess(req.raw, env)
    if (access.ok) return page(200, (await asset(env, req.raw, "index.html")).body ?? "")
    // With an issuer alone there is nothing to type in here: the issuer's own sign-in comes before the Worker.
    return consoleSecrets(env) === null
      ? textAnswer(access.status, access.error)
      : page(access.status, consoleSignIn(null))
  })
  .post("/sign-in", async ({ env, req }) => {
    const secrets = consoleSecrets(env)
    if (secrets === null) return textAnswer(404, "There is no token to sign in with.")
    if (isForeignWrite(req.raw)) return textAnswer(403, "A page of another site sent this.")
    const { token } = await req.parseBody()
    if (typeof token !== "string" || !(await equalSecrets(token, secrets.token)))
      return page(403, consoleSignIn("This is not the admin token."))
    return backWith(await consoleCookie(secrets, isHttps(req.raw), now()))
  })
  .post("/sign-out", ({ req }) =>
    isForeignWrite(req.raw)
      ? textAnswer(403, "A page of another site sent this.")
      : backWith(noConsoleCookie(isHttps(req.raw)))
  )
  /** Code and style hold no data: whoever asks may have them. */
  .get("/:file{[A-Za-z0-9-]+\\.(js|css)}", async ({ env, req }) => {
    const { file } = req.param()
    const found = await asset(env, req.raw, file)
    if (!found.ok) return textAnswer(404, "There is no such file.")
    const type = FILES[file.split(".")[1] ?? ""] ?? "application/octet-stream"
    return new Response(found.body, { headers: { ...CONSOLE_HEADERS, "Content-Type": type } })
  })
