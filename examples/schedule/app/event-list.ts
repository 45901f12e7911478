/** Events one under the other, each with its day and time: the list of a month, of what a search found. */
import { html } from "hono/html"
import { calendarOf, type Calendar, type Request } from "./calendar.ts"
import { conflictMark } from "./conflict-parts.ts"
import type { CalendarEvent } from "./event.ts"
import { zoneTextsOf } from "./ics/zone-texts.ts"
import type { Html } from "./layout.ts"
import { dayName } from "./month.ts"
import { ruleName } from "./series/rule.ts"

/** An event, or one of its times. */
export type Listed = CalendarEvent & { readonly instance?: string }

/** The list, or `none` where there is nothing. */
export function eventList(request: Request, events: readonly Listed[], none: string): Html {
  if (events.length === 0) return html`<p class="empty">${none}</p>`
  const calendar = calendarOf(request)
  const texts = zoneTextsOf(request.env)
  return html`<ul class="agenda">
    ${events.map(
      (event) =>
        html`<li data-event="${event.id}">
          <time datetime="${event.date}">${whenText(event)}</time>
          <span
            ><a href="${eventAddress(calendar, event)}">${event.title}</a>${
              event.place ? html` <span class="soft">· ${event.place}</span>` : ""
            }${event.repeat ? html` <span class="soft">· ${ruleName(event.repeat, event.zone, texts)}</span>` : ""}
            ${conflictMark(eventAddress(calendar, event), event)}</span
          >
        </li>`
    )}
  </ul>`
}

/** Where an event, or one of its times, has its page. */
export const eventAddress = ({ base }: Calendar, { id, instance }: Pick<Listed, "id" | "instance">): string =>
  `${base}/events/${id}${instance === undefined || instance === "" ? "" : `?instance=${instance}`}`

/** `Monday 23 November, 09:30–10:30 (Europe/Berlin)`. */
function whenText({ date, start, endDate, end, zone }: Listed): string {
  const last = endDate === "" || endDate === date ? "" : ` – ${readableDay(endDate)}`
  if (start === "") return readableDay(date) + last
  const until = last === "" ? (end === "" ? "" : `–${end}`) : `${last}${end === "" ? "" : `, ${end}`}`
  return `${readableDay(date)}, ${start}${until}${zone === "" ? "" : ` (${zone})`}`
}

const readableDay = (day: string): string => (/^\d{4}-\d\d-\d\d$/.test(day) ? dayName(day) : day)
