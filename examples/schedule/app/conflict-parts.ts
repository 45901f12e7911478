/** The parts of pages that show what people wrote without seeing each other's change; all of it are links and forms. */
import { html } from "hono/html"
import { DELETED_FIELD } from "../../../shared/app/record-entry.ts"
import { calendarOf, type Request } from "./calendar.ts"
import { conflictsOf, editedAndDeleted, type Conflict, type EditedAndDeleted, type Value } from "./conflict.ts"
import type { CalendarEvent } from "./event.ts"
import { hiddenKey } from "./hidden-key.ts"
import type { Html } from "./layout.ts"
import { dayName, timeName } from "./month.ts"
import type { Occurrence } from "./series/occurrence.ts"

const FIELD_NAMES: Readonly<Record<string, string>> = {
  title: "Title",
  date: "Day",
  start: "From",
  end: "To",
  endDate: "Last day",
  zone: "Time zone",
  repeat: "Repeat",
  reminder: "Reminder",
  calendar: "Calendar",
  place: "Place",
  notes: "Notes",
  [DELETED_FIELD]: "Deleted"
}
/** What a field is called on the pages; its own name when it has none. */
export const fieldName = (field: string): string => FIELD_NAMES[field] ?? field

/** Says of an event in a list that there is something to decide. */
export function conflictMark(address: string, event: CalendarEvent): Html | "" {
  if (event.conflicts.length === 0) return ""
  const what = event.conflicts.map(fieldName).join(", ")
  return html`<a class="mark" href="${address}#conflicts" title="${what}: several values">Several versions</a>`
}

/** The values of each field in conflict, each with a button that takes it. */
export function conflictPanel(request: Request, event: Occurrence): Html | "" {
  const conflicts = conflictsOf(request.env, event)
  if (conflicts.length === 0) return ""
  const action = `${calendarOf(request).base}/events/${event.id}/conflicts`
  return html`<section id="conflicts" class="decide" aria-labelledby="conflicts-title">
    <h2 id="conflicts-title">Changed by several people at once</h2>
    <p>They did not see each other's change. One value is shown until somebody decides; nothing is lost either way.</p>
    ${conflicts.map((conflict) => choices(request, action, event.instance, conflict))}
  </section>`
}

function choices(request: Request, action: string, instance: string, { field, values }: Conflict): Html {
  return html`<h3>${fieldName(field)}</h3>
    <ul class="choices">
      ${values.map(
        (value, index) =>
          html`<li class="${index === 0 ? "shown" : ""}" data-value="${value.write}">
            <p class="value">${readable(field, value.value)}</p>
            <p class="soft">${whoAndWhen(value)} ${index === 0 ? html`<span class="badge">Shown now</span>` : ""}</p>
            <form method="post" action="${action}">
              ${hiddenKey(request.env)} ${hiddenInstance(instance)}
              <input type="hidden" name="field" value="${field}" />
              <input type="hidden" name="write" value="${value.write}" />
              <button class="${index === 0 ? "" : "main-action"}">
                ${index === 0 ? "Keep this one" : "Take this one"}
              </button>
            </form>
          </li>`
      )}
    </ul>`
}

/** The events that were deleted while somebody changed them, each with a way back. */
export function deletedPanel(request: Request): Html | "" {
  const found = editedAndDeleted(request.env)
  if (found.length === 0) return ""
  return html`<section id="deleted" class="card decide" aria-labelledby="deleted-title">
    <h2 id="deleted-title">Deleted while somebody changed it</h2>
    <ul class="choices">
      ${found.map((one) => deletedItem(request, one))}
    </ul>
  </section>`
}

const hiddenInstance = (instance: string): Html | "" =>
  instance === "" ? "" : html`<input type="hidden" name="instance" value="${instance}" />`

function deletedItem(request: Request, { event, instance, deleted, changes }: EditedAndDeleted): Html {
  const address = `${calendarOf(request).base}/events/${event.id}`
  return html`<li data-deleted="${event.id}">
    <p class="value">${event.title} <span class="soft">· ${readable("date", event.date)}</span></p>
    <p class="soft">Deleted by ${whoAndWhen(deleted)}, but changed by:</p>
    <ul class="plain">
      ${changes.map(
        (change) =>
          html`<li>${whoAndWhen(change)}: ${fieldName(change.field)} “${readable(change.field, change.value)}”</li>`
      )}
    </ul>
    <div class="row">
      <form method="post" action="${address}/restore">
        ${hiddenKey(request.env)}${hiddenInstance(instance)}<button class="main-action">Restore</button>
      </form>
      <form method="post" action="${address}/delete">
        ${hiddenKey(request.env)}${hiddenInstance(instance)}${
          instance === "" ? "" : html`<input type="hidden" name="scope" value="one" />`
        }<button>Leave deleted</button>
      </form>
    </div>
  </li>`
}

const whoAndWhen = ({ name, at }: Pick<Value, "name" | "at">): Html =>
  html`<strong>${name}</strong>, <time datetime="${at}">${timeName(at)}</time>`

const LONGEST = 300

/** A value for people: days by their name, long texts cut, empty ones said so. */
function readable(field: string, value: string): string {
  if (value === "") return "(empty)"
  if (field === "date" && /^\d{4}-\d\d-\d\d$/.test(value)) return dayName(value)
  return value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value
}
