/** Times of events, changes of one or more of them, and taking changes back, as JSON: what the page's own view works with. */
import * as v from "valibot"
import { records, type Records } from "../../../shared/app/records.ts"
import { missing, readJson } from "./api-answers.ts"
import { calendarInfos, type Request, type Routes } from "./calendar.ts"
import { changedOnly, EventChange, problems, textOf } from "./event.ts"
import { recordIdOf } from "./ics/record-id.ts"
import { leaveName } from "./people.ts"
import { changeEvent, deleteEvent, SCOPES } from "./series/edit.ts"
import { findOccurrence, occurrencesIn } from "./series/occurrence.ts"
import { neverThere, takeBack, UndoRequest } from "./series/undo.ts"

/** Adds what is about times and changes under `/api` of a calendar. */
export function addEditApi(routes: Routes): void {
  routes.get("/api/occurrences", times)
  routes.post("/api/events/:id/edit", edit)
  routes.post("/api/undo", undo)
  routes.get("/api/dismissed", (request) => request.json({ dismissed: dismissedOf(request) }))
  routes.post("/api/dismissed", dismiss)
}

const Day = v.pipe(v.string(), v.isoDate("must be a day such as 2026-11-23"))
const Range = v.object({ from: Day, to: Day })

/** What takes place from one day to another, with the calendars that it is in. */
function times(request: Request): Response {
  const range = v.safeParse(Range, { from: request.req.query("from") ?? "", to: request.req.query("to") ?? "" })
  if (!range.success) return request.json({ error: problems(range.issues) }, 422)
  const { from, to } = range.output
  const occurrences = occurrencesIn(request.env, from, to)
  return request.json({ calendars: calendarInfos(request), occurrences })
}

const Target = { instance: v.optional(v.string(), ""), scope: v.optional(v.picklist(SCOPES), "all") }
const Edit = v.union([
  v.strictObject({ ...Target, change: v.record(v.string(), v.unknown()) }),
  v.strictObject({ ...Target, remove: v.literal(true) })
])

/** Changes or deletes an event, or some times of it; the answer says what takes it back. */
async function edit(request: Request): Promise<Response> {
  const input = v.safeParse(Edit, await readJson(request))
  if (!input.success) return request.json({ error: problems(input.issues) }, 422)
  const { instance, scope } = input.output
  const id = request.req.param("id") ?? ""
  const event = findOccurrence(request.env, id, instance)
  if (!event) return missing(request)
  const target = { id, instance, scope }
  const change = v.safeParse(EventChange, "change" in input.output ? changedOnly(event, input.output.change) : {})
  if (!change.success) return request.json({ error: problems(change.issues) }, 422)
  const edited =
    "remove" in input.output ? deleteEvent(request.env, target) : changeEvent(request.env, target, change.output)
  if (!edited) return missing(request)
  if (edited.refused !== undefined) return request.json({ error: edited.refused }, 422)
  leaveName(request.env)
  return request.json(edited)
}

/** Takes changes back; 409 when somebody has changed the same since. */
async function undo(request: Request): Promise<Response> {
  const input = v.safeParse(UndoRequest, await readJson(request))
  if (!input.success) return request.json({ error: problems(input.issues) }, 422)
  const unknown = neverThere(request.env, input.output.steps)
  if (unknown !== undefined) return request.json({ error: unknown }, 422)
  const redo = takeBack(request.env, input.output.steps)
  if (!redo) return request.json({ error: "somebody has changed it since" }, 409)
  leaveName(request.env)
  return request.json({ redo })
}

const Dismissed = v.strictObject({ key: v.pipe(v.string(), v.maxLength(500)) })
const KEPT_MS = 2 * 24 * 60 * 60 * 1000
const dismissals = (request: Request): Records => records(request.env.doc, "dismissed")

/** A reminder was closed in one page: the person's other pages need not show it. */
async function dismiss(request: Request): Promise<Response> {
  const input = v.safeParse(Dismissed, await readJson(request))
  if (!input.success) return request.json({ error: problems(input.issues) }, 422)
  const { key } = input.output
  dismissals(request).put(recordIdOf(key), { key, at: request.env.now.toISOString() }, request.env)
  return request.body(null, 204)
}

/** The reminders that were closed of late. */
function dismissedOf(request: Request): readonly string[] {
  const oldest = new Date(request.env.now.getTime() - KEPT_MS).toISOString()
  const late = dismissals(request)
    .list()
    .filter(({ fields }) => textOf(fields, "at") >= oldest)
  return late.map(({ fields }) => textOf(fields, "key"))
}
