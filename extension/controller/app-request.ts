/** A request as the app's Worker gets it. */
import type { Session } from "../../shared/protocol/session.ts"
import type { AppRequest } from "../app/worker-messages.ts"
import type { LocalRequest } from "../platform/client-platform.ts"

/** @param key the effective key: of a read, a random one */
export const appRequest = (
  request: LocalRequest,
  document: string,
  { identity }: { readonly identity: Pick<Session["identity"], "subject" | "name"> },
  key: string
): AppRequest => ({
  document,
  method: request.method,
  url: request.url,
  headers: request.headers,
  body: request.body,
  user: { id: identity.subject, name: identity.name },
  now: request.receivedAt,
  effectiveKey: key,
  takesStream: request.takesStream ?? false,
  mayHaveRun: request.mayHaveRun ?? false
})
