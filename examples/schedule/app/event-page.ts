/** Pages about one event: a new one, one that is there with its history, and the result of a search. */
import { html } from "hono/html"
import { DELETED_FIELD, type Entry } from "../../../shared/app/record-entry.ts"
import { eventsOf } from "./all-events.ts"
import { calendarOf, type Build, type Request } from "./calendar.ts"
import { conflictPanel, fieldName } from "./conflict-parts.ts"
import { historyOf } from "./conflict.ts"
import { eventForm, type Draft } from "./event-form.ts"
import { isShownField } from "./event-schema.ts"
import { eventRecords } from "./event.ts"
import { hiddenKey } from "./hidden-key.ts"
import { page, type Html } from "./layout.ts"
import { eventList } from "./event-list.ts"
import { nameOf } from "./people.ts"
import { dayOf } from "./month.ts"
import type { Occurrence } from "./series/occurrence.ts"

/** The form for a new event; after a refusal with what was typed and why it was refused. */
export function newEventPage(request: Request, build: Build, draft: Draft = {}, problem = ""): Html {
  const { base } = calendarOf(request)
  const asked = { date: dayOf(request.env.now), ...request.req.query() }
  const body = html`<section class="card">
    <div class="head"><h1>New event</h1></div>
    ${eventForm(request, `${base}/events`, { ...asked, ...draft }, "Add event", problem)}
  </section>`
  return page(request, build, "New event", body)
}

/** One event, or one time of a series: a form to change it, one to delete it, and all that was ever written to it. */
export function eventPage(request: Request, build: Build, event: Occurrence, draft: Draft = {}, problem = ""): Html {
  const { base } = calendarOf(request)
  const address = `${base}/events/${event.id}`
  const values = Object.fromEntries(Object.entries(event).filter(([, value]) => typeof value === "string"))
  const form = eventForm(
    request,
    address,
    { ...values, ...draft },
    "Save",
    problem,
    scopeChoice(event, "changes", draft)
  )
  const body = html`<section class="card">
      <div class="head">
        <h1>${event.title}</h1>
        <form class="row" method="post" action="${address}/delete">
          ${hiddenKey(request.env)}${scopeChoice(event, "deletes", {})}<button class="danger">Delete event</button>
        </form>
      </div>
      ${conflictPanel(request, event)} ${form}
    </section>
    ${historyCard(request, historyOf(request.env, event))}`
  return page(request, build, event.title, body)
}

/** Of a time of a series: which of its times are meant. */
function scopeChoice({ instance }: Occurrence, verb: string, draft: Draft): Html | "" {
  if (instance === "") return ""
  const option = (value: string, text: string): Html =>
    html`<option value="${value}" ${draft["scope"] === value ? "selected" : ""}>${text}</option>`
  return html`<input type="hidden" name="instance" value="${instance}" /><label
      ><span class="unseen">This ${verb}</span
      ><select name="scope">
        ${option("one", "Only this time")} ${option("following", "This and all following")}
        ${option("all", "All times")}
      </select></label
    >`
}

/** What a search found. */
export function searchPage(request: Request, build: Build): Html {
  const query = request.req.query("q") ?? ""
  const found = build.search(eventsOf(request.env), request.req.url)
  const body = html`<section class="card" data-live>
    <div class="head">
      <h1>Search</h1>
      <span class="soft" data-found="${found.length}">${found.length} found</span>
    </div>
    ${eventList(request, found, query === "" ? "Type what you look for." : `Nothing found for “${query}”.`)}
  </section>`
  return page(request, build, query === "" ? "Search" : `Search: ${query}`, body)
}

/** Says that an event was deleted, and brings it back. */
export function deletedPage(request: Request, build: Build, id: string): Html {
  const { base } = calendarOf(request)
  const { env } = request
  const deleted = eventRecords(env).getDeleted(id)
  const title = deleted?.fields.get("title")
  const by = deleted === undefined ? "Somebody" : nameOf(env, deleted.deletion.by)
  const body = html`<section class="card">
      <div class="head"><h1>This event was deleted</h1></div>
      <p>${by} deleted ${typeof title === "string" ? `“${title}”` : "it"}; its history is kept.</p>
      <div class="row">
        <a class="button" href="${base}/">Back to the calendar</a>
        <form method="post" action="${base}/events/${id}/restore">${hiddenKey(env)}<button>Restore event</button></form>
      </div>
    </section>
    ${historyCard(request, eventRecords(env).history(id))}`
  return page(request, build, "This event was deleted", body)
}

/** A page that only says something: not found, gone. */
export function messagePage(request: Request, build: Build, title: string, text: string): Html {
  const { base } = calendarOf(request)
  const body = html`<section class="card">
    <div class="head"><h1>${title}</h1></div>
    <p>${text}</p>
    <a class="button" href="${base}/">Back to the calendar</a>
  </section>`
  return page(request, build, title, body)
}

/** What a file said of an event, and where a part or a time belongs, is for programs. */
const isForPeople = ({ field }: Entry): boolean => isShownField(field) || field === "token" || field === DELETED_FIELD

function historyCard(request: Request, history: readonly Entry[]): Html {
  const entries = history.filter(isForPeople)
  return html`<section class="card" aria-labelledby="history">
    <h2 id="history">History</h2>
    <div class="scroll" tabindex="0" role="group" aria-labelledby="history">
      <table class="history">
        <thead>
          <tr>
            <th scope="col">When (UTC)</th>
            <th scope="col">Who</th>
            <th scope="col">Field</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody>
          ${entries.map(
            (entry) =>
              html`<tr>
                <td>${new Date(entry.at).toISOString().slice(0, 19).replace("T", " ")}</td>
                <td>${nameOf(request.env, entry.by)}</td>
                <td>${fieldName(entry.field)}</td>
                <td>${written(entry.value).slice(0, 200)}</td>
              </tr>`
          )}
        </tbody>
      </table>
    </div>
  </section>`
}

function written(value: unknown): string {
  if (value === null) return ""
  if (typeof value === "boolean") return value ? "yes" : "no"
  return typeof value === "string" ? value : JSON.stringify(value)
}
