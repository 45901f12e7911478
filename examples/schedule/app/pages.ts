/** The calendar as pages: links and forms, all of it with scripts off; every POST ends in a redirect. */
import * as v from "valibot"
import { isRecordId } from "../../../shared/app/record-entry.ts"
import { createEvent } from "./api.ts"
import { calendarOf, type Build, type Request, type Routes } from "./calendar.ts"
import { addCalendarPages } from "./calendars-pages.ts"
import { settle as settleConflict } from "./conflict.ts"
import { fromForm, type Draft } from "./event-form.ts"
import { eventAddress } from "./event-list.ts"
import { changedOnly, EventChange, eventRecords, NewEvent, problems } from "./event.ts"
import { deletedPage, eventPage, messagePage, newEventPage, searchPage } from "./event-page.ts"
import { monthPage } from "./month-page.ts"
import { leaveName } from "./people.ts"
import { readForm } from "./read-form.ts"
import { changeEvent, deleteEvent, restoreEvent, SCOPES, type Target } from "./series/edit.ts"
import { findOccurrence, type Occurrence } from "./series/occurrence.ts"

/** Adds the pages of a calendar. */
export function addPages(routes: Routes, build: Build): void {
  routes.get("/", (request) => request.html(monthPage(request, build)))
  routes.get("/search/", (request) => request.html(searchPage(request, build)))
  routes.get("/events/new", (request) => request.html(newEventPage(request, build)))
  routes.post("/events", (request) => create(request, build))
  routes.get("/events/:id", (request) => {
    const event = shown(request, request.req.query("instance"))
    return event ? request.html(eventPage(request, build, event)) : missing(request, build)
  })
  routes.post("/events/:id", (request) => change(request, build))
  routes.post("/events/:id/delete", (request) => remove(request, build))
  routes.post("/events/:id/restore", (request) => restore(request, build))
  routes.post("/events/:id/conflicts", (request) => settle(request, build))
  addCalendarPages(routes, build)
}

/** The event of the address, or the time of it that is asked for. */
const shown = (request: Request, instance = ""): Occurrence | undefined =>
  findOccurrence(request.env, request.req.param("id") ?? "", instance)

/** What a form is about: one time of a series with its scope, or the event itself. */
function targetOf(request: Request, { instance = "", scope }: Draft): Target {
  const id = request.req.param("id") ?? ""
  return { id, instance, scope: SCOPES.find((known) => known === scope) ?? "all" }
}

async function create(request: Request, build: Build): Promise<Response> {
  const form = await readForm(request)
  const draft = fromForm(request, form)
  const input = v.safeParse(NewEvent, draft)
  if (!input.success) return request.html(newEventPage(request, build, form, problems(input.issues)), 422)
  const id = createEvent(request, input.output)
  return toMonth(request, input.output.date, id)
}

async function change(request: Request, build: Build): Promise<Response> {
  const form = await readForm(request)
  const event = shown(request, form["instance"])
  if (!event) return missing(request, build)
  const input = v.safeParse(EventChange, changedOnly(event, fromForm(request, form, event)))
  if (!input.success) return request.html(eventPage(request, build, event, form, problems(input.issues)), 422)
  const edited = changeEvent(request.env, targetOf(request, form), input.output)
  if (edited?.refused !== undefined) return request.html(eventPage(request, build, event, form, edited.refused), 422)
  leaveName(request.env)
  return toMonth(request, input.output.date ?? event.date, edited?.id ?? event.id)
}

async function remove(request: Request, build: Build): Promise<Response> {
  const form = await readForm(request)
  const id = request.req.param("id") ?? ""
  const isWhole = (form["instance"] ?? "") === ""
  const token = form["token"]
  const known = isWhole
    ? eventRecords(request.env).remove(id, request.env, token === undefined ? {} : { token })
    : deleteEvent(request.env, targetOf(request, form)) !== null
  if (!known) return missing(request, build)
  leaveName(request.env)
  return request.redirect(`${calendarOf(request).base}/`, 303)
}

async function restore(request: Request, build: Build): Promise<Response> {
  const id = request.req.param("id") ?? ""
  const { instance = "" } = await readForm(request)
  if (!restoreEvent(request.env, id, instance)) return missing(request, build)
  leaveName(request.env)
  return toEvent(request, { id, instance })
}

/** Takes one of several values of a field. */
async function settle(request: Request, build: Build): Promise<Response> {
  const { field = "", write = "", instance } = await readForm(request)
  const event = shown(request, instance)
  if (!event) return missing(request, build)
  if (!settleConflict(request.env, event, field, write)) {
    const text =
      "Somebody has settled it meanwhile, in another way. The event shows how; what you chose is in its history."
    return request.html(messagePage(request, build, "That value is no choice any more", text), 409)
  }
  leaveName(request.env)
  return toEvent(request, event)
}

const toEvent = (request: Request, event: Pick<Occurrence, "id" | "instance">): Response =>
  request.redirect(eventAddress(calendarOf(request), event), 303)

/** After a write: the month in which the event now stands. */
function toMonth(request: Request, date: string, id: string): Response {
  return request.redirect(`${calendarOf(request).base}/?month=${date.slice(0, 7)}&event=${id}`, 303)
}

function missing(request: Request, build: Build): Response | Promise<Response> {
  const id = request.req.param("id") ?? ""
  const known = isRecordId(id) && eventRecords(request.env).knows(id)
  return known
    ? request.html(deletedPage(request, build, id), 410)
    : request.html(messagePage(request, build, "There is no such event", "The address may be mistyped."), 404)
}
