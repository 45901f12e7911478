/** What people wrote without seeing each other's change, as JSON: to look at, to settle, to bring back. */
import * as v from "valibot"
import { missing, readJson } from "./api-answers.ts"
import type { Request, Routes } from "./calendar.ts"
import { conflictsOf, editedAndDeleted, settle as settleConflict } from "./conflict.ts"
import { problems } from "./event.ts"
import { leaveName } from "./people.ts"
import { restoreEvent } from "./series/edit.ts"
import { findOccurrence, type Occurrence } from "./series/occurrence.ts"

/** Adds what is about conflicts under `/api` of a calendar. */
export function addConflictApi(routes: Routes): void {
  routes.get("/api/events/:id/conflicts", (request) => {
    const event = shown(request)
    return event ? request.json({ conflicts: conflictsOf(request.env, event) }) : missing(request)
  })
  routes.post("/api/events/:id/conflicts/:field", settle)
  routes.get("/api/deleted", (request) => request.json({ events: editedAndDeleted(request.env) }))
  routes.post("/api/events/:id/restore", (request) => {
    const restored = restoreEvent(request.env, request.req.param("id"), request.req.query("instance") ?? "")
    if (!restored) return missing(request)
    leaveName(request.env)
    return request.json(shown(request))
  })
}

/** The event of the address, or the time of it that `?instance=` names. */
const shown = (request: Request): Occurrence | undefined =>
  findOccurrence(request.env, request.req.param("id") ?? "", request.req.query("instance") ?? "")

const Choice = v.object({ write: v.string() })

async function settle(request: Request): Promise<Response> {
  const input = v.safeParse(Choice, await readJson(request))
  if (!input.success) return request.json({ error: problems(input.issues) }, 422)
  const field = request.req.param("field") ?? ""
  const event = shown(request)
  if (!event) return missing(request)
  if (!settleConflict(request.env, event, field, input.output.write))
    return request.json({ error: `${field} has no such value any more: somebody settled it` }, 409)
  leaveName(request.env)
  return request.json(shown(request))
}
