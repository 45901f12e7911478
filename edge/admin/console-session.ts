/**
 * The console's session: a page cannot send a bearer token along when it is opened, so whoever has the admin token gets a cookie for
 * a working day, which no script reads and no other site's page sends. Keeps SPEC rules CSL-1, CSL-2.
 */
import { SignJWT, errors, jwtVerify } from "jose"

const NAME = "locum_console"
const SECONDS = 12 * 60 * 60
const PROTECTED = { issuer: "locum", audience: "console" }

/** What a session is signed with: when either secret changes, every session is over. */
export interface ConsoleSecrets {
  readonly session: string
  readonly token: string
}

const keyOf = ({ session, token }: ConsoleSecrets): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(["console", session, token]))

const attributes = (isHttps: boolean, seconds: number): string =>
  `Path=/_locum/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${isHttps ? "; Secure" : ""}`

/** `Set-Cookie` of a session that begins now. */
export const consoleCookie = async (secrets: ConsoleSecrets, isHttps: boolean, nowMs: number): Promise<string> => {
  const seconds = Math.floor(nowMs / 1000)
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer(PROTECTED.issuer)
    .setAudience(PROTECTED.audience)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + SECONDS)
    .sign(keyOf(secrets))
  return `${NAME}=${token}; ${attributes(isHttps, SECONDS)}`
}

/** `Set-Cookie` that ends the session. */
export const noConsoleCookie = (isHttps: boolean): string => `${NAME}=; ${attributes(isHttps, 0)}`

/** Whether a request comes with a session that holds. */
export const hasConsoleSession = async (headers: Headers, secrets: ConsoleSecrets, nowMs: number): Promise<boolean> => {
  const token = new RegExp(`(?:^|;\\s*)${NAME}=([^;]+)`).exec(headers.get("Cookie") ?? "")?.[1]
  if (token === undefined) return false
  try {
    await jwtVerify(token, keyOf(secrets), { ...PROTECTED, algorithms: ["HS256"], currentDate: new Date(nowMs) })
    return true
  } catch (cause) {
    if (cause instanceof errors.JOSEError) return false
    throw cause
  }
}
