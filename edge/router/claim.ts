/**
 * What the Worker found out about a request before it hands it to the document's object: who, what, which document. Travels
 * in a header that the Worker alone sets: it is taken off whatever comes from outside. Keeps SPEC rule EDG-2.
 */
import * as v from "valibot"
import { RoleSchema } from "../../shared/protocol/roles.ts"
import { parseJson } from "../../shared/protocol/parse.ts"

const HEADER = "Locum-Claim"

/** The person's role by his identity alone. */
const standing = v.nullable(RoleSchema)

const ClaimSchema = v.variant("kind", [
  v.object({
    kind: v.literal("serve"),
    service: v.string(),
    document: v.string(),
    user: v.object({ id: v.string(), name: v.string() }),
    standing
  }),
  v.object({ kind: v.literal("changes"), service: v.string(), document: v.string(), user: v.string(), standing }),
  v.object({
    kind: v.literal("sync"),
    service: v.string(),
    document: v.string(),
    user: v.string(),
    standing,
    role: v.picklist(["editor", "reader"]),
    locum: v.boolean()
  })
])
export type Claim = v.InferOutput<typeof ClaimSchema>
export type ServeClaim = Extract<Claim, { kind: "serve" }>

/** The request as the document's object gets it. */
export const withClaim = (request: Request, claim: Claim): Request => {
  const headers = new Headers(request.headers)
  headers.set(HEADER, encodeURIComponent(JSON.stringify(claim)))
  return new Request(request, { headers })
}

/** The claim of a request; throws without one, since only the Worker calls an object. */
export const readClaim = (headers: Headers): Claim => {
  const claim = parseJson(ClaimSchema, decodeURIComponent(headers.get(HEADER) ?? ""))
  if (!claim.ok) throw new Error(`claim: ${claim.error}`)
  return claim.value
}

/** Headers of the edge's own business, which the app never sees: the same on both sides. */
const HIDDEN = [HEADER, "Cookie", "Authorization", "Cf-Access-Jwt-Assertion"] as const

/** The headers that an app may see. */
export const appHeaders = (headers: Headers): Headers => {
  const seen = new Headers(headers)
  for (const name of HIDDEN) seen.delete(name)
  return seen
}
