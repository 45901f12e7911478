/**
 * Who may call the admin API: whoever has the admin token, or an issuer's JWT with the admin group. Keeps SPEC rules ADM-1
 * (401 without, 403 when it is not enough) and ADM-2 (secrets are compared in constant time).
 */
import type { Identity } from "../../shared/protocol/session.ts"

export interface AccessPorts {
  /** Null when no token is configured: then nobody has it. */
  readonly token: string | null
  /** The group whose members may; null for nobody. */
  readonly group: string | null
  readonly equalSecrets: (a: string, b: string) => Promise<boolean>
  /** The identity of an issuer's JWT in the request; local sign-ins are no operators. */
  readonly identify: (request: Request) => Promise<Identity | null>
  /** Whether a request comes with a session of the console. */
  readonly hasSession: (request: Request) => Promise<boolean>
}

/** Who it is, for the audit log, and whether a page of another site could have sent it along; or the status and sentence of the refusal. */
export type Access =
  | { readonly ok: true; readonly who: string; readonly by: "token" | "cookie" }
  | { readonly ok: false; readonly status: 401 | 403; readonly error: string }

export const checkAccess = async (
  request: Request,
  { token, group, equalSecrets, identify, hasSession }: AccessPorts
): Promise<Access> => {
  const bearer = /^Bearer (.+)$/i.exec(request.headers.get("Authorization") ?? "")?.[1]
  if (bearer !== undefined && token !== null && (await equalSecrets(bearer, token)))
    return { ok: true, who: "admin token", by: "token" }
  const identity = await identify(request)
  if (identity !== null && group !== null && identity.groups.includes(group))
    return { ok: true, who: `${identity.issuer} ${identity.subject}`, by: "cookie" }
  if (bearer === undefined && (await hasSession(request))) return { ok: true, who: "console", by: "cookie" }
  return identity === null && bearer === undefined
    ? { ok: false, status: 401, error: "Authorization: needs a bearer token" }
    : { ok: false, status: 403, error: "Authorization: this token may not call the admin API" }
}
