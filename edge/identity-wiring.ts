/** Who is asking: the identity and admin units over this deployment's settings. For the entry files that serve routes. */
import { checkAccess, type Access } from "./admin/admin-access.ts"
import { hasConsoleSession, type ConsoleSecrets } from "./admin/console-session.ts"
import { identify } from "./identity/identify.ts"
import { makeTokens, type Tokens } from "./identity/tokens.ts"
import { equalSecrets } from "./platform/crypto.ts"
import { issuerOf } from "./platform/identity-sources.ts"
import type { Env } from "./platform/objects.ts"
import { now } from "./platform/runtime.ts"
import { readSettings } from "./platform/settings.ts"
import type { Identity } from "../shared/protocol/session.ts"

const made = new WeakMap<object, Tokens>()

/** The edge's own tokens; throws naming the secret that is missing. */
export const tokensOf = (env: Env): Tokens => {
  const held = made.get(env)
  if (held !== undefined) return held
  const { LOCUM_SESSION_SECRET } = readSettings(env)
  if (LOCUM_SESSION_SECRET === undefined) throw new Error("settings: LOCUM_SESSION_SECRET is not set")
  const tokens = makeTokens(LOCUM_SESSION_SECRET)
  made.set(env, tokens)
  return tokens
}

/** The signed-in person who sent a request, or null. */
export const whoSent = (request: Request, env: Env): Promise<Identity | null> =>
  identify(
    request,
    { issuer: issuerOf(env), local: readSettings(env).LOCUM_LOCAL_SIGN_IN ? tokensOf(env) : null },
    now()
  )

/** What sessions of the console are signed with; null where nobody can sign in with a token. */
export const consoleSecrets = (env: Env): ConsoleSecrets | null => {
  const { LOCUM_SESSION_SECRET: session, LOCUM_ADMIN_TOKEN: token } = readSettings(env)
  return session === undefined || token === undefined ? null : { session, token }
}

/** Whether whoever sent a request is an admin. */
export const adminAccess = (request: Request, env: Env): Promise<Access> => {
  const { LOCUM_ADMIN_TOKEN, LOCUM_ADMIN_GROUP } = readSettings(env)
  return checkAccess(request, {
    token: LOCUM_ADMIN_TOKEN ?? null,
    group: LOCUM_ADMIN_GROUP ?? null,
    equalSecrets,
    hasSession: ({ headers }) => {
      const secrets = consoleSecrets(env)
      return secrets === null ? Promise.resolve(false) : hasConsoleSession(headers, secrets, now())
    },
    identify: (asked) => (issuerOf(env) === null ? Promise.resolve(null) : whoSent(asked, env))
  })
}
