/** From the Worker to the object of a document. Keeps SPEC rule EDG-4's way there: a claim goes with each request. */
import { logProblem } from "../platform/runtime.ts"
import { withClaim, type Claim } from "./claim.ts"
import { textAnswer } from "./plain-answers.ts"

/** Where documents' objects are found. */
interface Documents {
  readonly DOCUMENTS: { getByName(name: string): { fetch(request: Request): Promise<Response> } }
}

/**
 * Hands a request to its document's object. An object that was moved or is starting anew fails the call; what only reads is asked
 * once more, what writes is told to come again under its key.
 *
 * @param log told what the failure was, when the answer is 503
 */
export const toDocument = async (
  request: Request,
  claim: Claim,
  { DOCUMENTS }: Documents,
  log: (what: string, cause: unknown) => void = logProblem
): Promise<Response> => {
  const reads = request.method === "GET" || request.method === "HEAD"
  const ask = (): Promise<Response> => DOCUMENTS.getByName(claim.document).fetch(withClaim(request, claim))
  try {
    return await (reads ? ask().catch(ask) : ask())
  } catch (cause) {
    log(`document ${claim.document} could not be asked`, cause)
    return textAnswer(503, "This document cannot be reached at the moment.", { "Retry-After": "1" })
  }
}
