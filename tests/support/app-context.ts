/** What an app is given with a request, without a platform: each context is another request, a minute later. */
import * as yjs from "yjs"
import type { AppContext } from "../../shared/app/app.ts"
import { idsFor } from "../../shared/app/new-id.ts"

let requests = 0

/** Ann's request on a document. */
export const contextOf = (doc = new yjs.Doc(), key = (++requests).toString(16).padStart(24, "0")): AppContext => ({
  doc,
  user: { id: "ann", name: "Ann" },
  now: new Date(Date.UTC(2026, 10, 23, 10, requests)),
  newId: idsFor(key)
})
