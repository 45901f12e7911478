/** The calendar itself: a month as a grid, its events as a list, and a form to add one quickly. */
import { html } from "hono/html"
import type { AppContext } from "../../../shared/app/app.ts"
import { calendarInfos, calendarOf, type Build, type Calendar, type Request } from "./calendar.ts"
import type { CalendarInfo } from "./calendars.ts"
import { deletedPanel } from "./conflict-parts.ts"
import { eventAddress, eventList } from "./event-list.ts"
import { hiddenKey } from "./hidden-key.ts"
import { page, type Html } from "./layout.ts"
import { addMonths, dayName, dayOf, monthName, readMonth, weeksOf } from "./month.ts"
import { occurrencesIn, type Occurrence } from "./series/occurrence.ts"
import { addDays, doesTouch } from "./series/when.ts"

const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

/** The page of the month that `?month=` names, or of this month. */
export function monthPage(request: Request, build: Build): Html {
  const calendar = calendarOf(request)
  const today = dayOf(request.env.now)
  const month = readMonth(request.req.query("month"), today)
  const weeks = weeksOf(month)
  const [from = "", to = ""] = [weeks[0]?.[0], weeks.at(-1)?.[6]]
  const events = occurrencesIn(request.env, from, addDays(to, 1))
  const body = html`<div class="cards">
      <section class="card" aria-labelledby="month" data-base="${calendar.base}" data-day="${dayIn(month, today)}">
        <div class="head">
          <h1 id="month">${monthName(month)}</h1>
          ${monthLinks(calendar, month)}
        </div>
        <div id="grid" data-live="grid">${monthGrid(request, month, today, events)}</div>
        <div id="month-list" data-live="list">
          <h2 style="margin-top:1.5rem">Events this month</h2>
          ${eventList(
            request,
            events.filter(({ span }) => doesTouch(span, `${month}-01`, `${addMonths(month, 1)}-01`)),
            "No events this month."
          )}
        </div>
      </section>
      <div class="cards" data-live="deleted">${deletedPanel(request)}</div>
    </div>
    ${quickForm(request.env, calendar, dayIn(month, today))} ${teamForm()}`
  return page(request, build, monthName(month), body)
}

/** Today, or the first day of another month. */
const dayIn = (month: string, today: string): string => (today.startsWith(month) ? today : `${month}-01`)

function monthLinks(calendar: Calendar, month: string): Html {
  return html`<nav class="row" aria-label="Months">
    <a class="button" href="${calendar.base}/?month=${addMonths(month, -1)}" rel="prev" data-go="prev">Previous</a>
    <a class="button" href="${calendar.base}/" data-go="today">Today</a>
    <a class="button" href="${calendar.base}/?month=${addMonths(month, 1)}" rel="next" data-go="next">Next</a>
    <a class="button main-action" href="${calendar.base}/events/new" data-new>New event</a>
  </nav>`
}

function monthGrid(request: Request, month: string, today: string, events: readonly Occurrence[]): Html {
  const calendar = calendarOf(request)
  const infos = calendarInfos(request)
  const byDay = Map.groupBy(events.flatMap(onEachDay), ({ day }) => day)
  const cell = (day: string): Html => {
    const kind = `${day.startsWith(month) ? "" : "outside"} ${day === today ? "today" : ""}`.trim()
    const found = byDay.get(day) ?? []
    return html`<td class="${kind}">
      <a class="day" href="${calendar.base}/events/new?date=${day}" aria-label="New event on ${dayName(day)}"
        >${Number(day.slice(8))}</a
      >${
        found.length === 0
          ? ""
          : html`<ul>
              ${found.map(({ event }) => chip(calendar, event, infos))}
            </ul>`
      }
    </td>`
  }
  return html`<table class="grid">
    <caption>
      ${monthName(month)}
    </caption>
    <thead>
      <tr>
        ${WEEKDAYS.map((name) => html`<th scope="col" abbr="${name}">${name.slice(0, 3)}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${weeksOf(month).map(
        (week) =>
          html`<tr>
            ${week.map(cell)}
          </tr>`
      )}
    </tbody>
  </table>`
}

/** So many days of one event are drawn; a grid has no more. */
const MOST_DAYS = 42

/** An event at each of its days. */
function onEachDay(event: Occurrence): readonly { readonly day: string; readonly event: Occurrence }[] {
  const { from, to } = event.span
  const days = [from.slice(0, 10)]
  const isOn = (day: string): boolean => doesTouch({ from, to }, day, addDays(day, 1))
  for (let day = addDays(from.slice(0, 10), 1); isOn(day) && days.length < MOST_DAYS; day = addDays(day, 1))
    days.push(day)
  return days.map((day) => ({ day, event }))
}

function chip(calendar: Calendar, event: Occurrence, infos: readonly CalendarInfo[]): Html {
  const label = `${event.start ? `${event.start} ` : ""}${event.title}`
  const inConflict = event.conflicts.length > 0
  const colour = infos.find(({ id }) => id === event.calendar)?.colour ?? "blue"
  return html`<li>
    <a
      class="chip ${colour} ${inConflict ? "two" : ""}"
      href="${eventAddress(calendar, event)}"
      title="${label}${inConflict ? " (several versions)" : ""}"
      >${label}${inConflict ? html`<span class="unseen"> (several versions)</span>` : ""}</a
    >
  </li>`
}

function quickForm(context: AppContext, calendar: Calendar, day: string): Html {
  return html`<section class="card" aria-labelledby="quick">
    <h2 id="quick">Add an event</h2>
    <form
      id="quick-add"
      class="row"
      method="post"
      action="${calendar.base}/events"
      data-api="${calendar.base}/api/events"
    >
      ${hiddenKey(context)}
      <label style="flex-grow:3">Title<input name="title" required maxlength="200" autocomplete="off" /></label>
      <label>Day<input type="date" name="date" required value="${day}" /></label>
      <label>Time<input type="time" name="start" /></label>
      <button class="main-action">Add</button>
    </form>
  </section>`
}

function teamForm(): Html {
  return html`<section class="card" aria-labelledby="teams">
    <h2 id="teams">Open a team's calendar</h2>
    <form class="row" action="/calendar/go" method="get">
      <label>Team<input name="team" required maxlength="80" /></label>
      <button>Open</button>
    </form>
  </section>`
}
