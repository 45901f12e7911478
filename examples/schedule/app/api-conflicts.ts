/** What people wrote without seeing each other's change, as JSON: to look at, to settle, to bring back. */
import * as v from "valibot"
import { missing, readJson } from "./api-answers.ts"
import type { Request, Routes } from "./calendar.ts"
import { conflictsOf, editedAndDeleted } from "./conflict.ts"
import { eventRecords, findEvent, problems } from "./event.ts"
import { leaveName } from "./people.ts"

/** Adds what is about conflicts under `/api` of a calendar. */
export function addConflictApi(routes: Routes): void {
  routes.get("/api/events/:id/conflicts", (request) => {
    const event = findEvent(request.env, request.req.param("id"))
    return event ? request.json({ conflicts: conflictsOf(request.env, event) }) : missing(request)
  })
  routes.post("/api/events/:id/conflicts/:field", settle)
  routes.get("/api/deleted", (request) => request.json({ events: editedAndDeleted(request.env) }))
  routes.post("/api/events/:id/restore", (request) => {
    const id = request.req.param("id")
    if (!eventRecords(request.env).restore(id, request.env)) return missing(request)
    leaveName(request.env)
    return request.json(findEvent(request.env, id))
  })
}

const Choice = v.object({ write: v.string() })

async function settle(request: Request): Promise<Response> {
  const input = v.safeParse(Choice, await readJson(request))
  if (!input.success) return request.json({ error: problems(input.issues) }, 422)
  const [id, field] = [request.req.param("id") ?? "", request.req.param("field") ?? ""]
  if (!findEvent(request.env, id)) return missing(request)
  if (!eventRecords(request.env).choose(id, field, input.output.write, request.env))
    return request.json({ error: `${field} has no such value any more: somebody settled it` }, 409)
  leaveName(request.env)
  return request.json(findEvent(request.env, id))
}
