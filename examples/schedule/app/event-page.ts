/** Pages about one event: a new one, one that is there with its history, and the result of a search. */
import { html } from "hono/html"
import { calendarOf, type Build, type Request } from "./calendar.ts"
import { conflictPanel, fieldName } from "./conflict-parts.ts"
import { eventRecords, eventsOf, type CalendarEvent } from "./event.ts"
import { hiddenKey } from "./hidden-key.ts"
import { page, type Html } from "./layout.ts"
import { eventList } from "./month-page.ts"
import { nameOf } from "./people.ts"
import { dayOf } from "./month.ts"

/** What stands in the fields of an event's form. */
export type Draft = Readonly<Record<string, string>>

/** The form for a new event; after a refusal with what was typed and why it was refused. */
export function newEventPage(request: Request, build: Build, draft: Draft = {}, problem = ""): Html {
  const { base } = calendarOf(request)
  const day = request.req.query("date") ?? dayOf(request.env.now)
  const body = html`<section class="card">
    <div class="head"><h1>New event</h1></div>
    ${eventForm(request, `${base}/events`, { date: day, ...draft }, "Add event", problem)}
  </section>`
  return page(request, build, "New event", body)
}

/** One event: a form to change it, one to delete it, and all that was ever written to it. */
export function eventPage(request: Request, build: Build, event: CalendarEvent, draft: Draft = {}, problem = ""): Html {
  const { base } = calendarOf(request)
  const address = `${base}/events/${event.id}`
  const values = Object.fromEntries(Object.entries(event).filter(([, value]) => typeof value === "string"))
  const body = html`<section class="card">
      <div class="head">
        <h1>${event.title}</h1>
        <form method="post" action="${address}/delete">
          ${hiddenKey(request.env)}<button class="danger">Delete event</button>
        </form>
      </div>
      ${conflictPanel(request, event)} ${eventForm(request, address, { ...values, ...draft }, "Save", problem)}
    </section>
    ${historyCard(request, event.id)}`
  return page(request, build, event.title, body)
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
    ${eventList(calendarOf(request), found, query === "" ? "Type what you look for." : `Nothing found for “${query}”.`)}
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
    ${historyCard(request, id)}`
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

function eventForm(request: Request, action: string, values: Draft, button: string, problem: string): Html {
  const value = (name: string): string => values[name] ?? ""
  return html`<form class="stack" method="post" action="${action}">
    ${problem === "" ? "" : html`<p class="note" role="alert">Not saved: ${problem}.</p>`} ${hiddenKey(request.env)}
    <label>Title<input name="title" required maxlength="200" value="${value("title")}" /></label>
    <div class="row">
      <label>Day<input type="date" name="date" required value="${value("date")}" /></label>
      <label>From<input type="time" name="start" value="${value("start")}" /></label>
      <label>To<input type="time" name="end" value="${value("end")}" /></label>
    </div>
    <label>Place<input name="place" maxlength="200" value="${value("place")}" /></label>
    <label>Notes<textarea name="notes">${value("notes")}</textarea></label>
    <div class="row"><button class="main-action">${button}</button></div>
  </form>`
}

function historyCard(request: Request, id: string): Html {
  const entries = eventRecords(request.env).history(id)
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
  if (typeof value === "boolean") return value ? "yes" : "no"
  return typeof value === "string" ? value : JSON.stringify(value)
}
