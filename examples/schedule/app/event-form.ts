/** The form of an event, new or there, and what comes from it. */
import { html } from "hono/html"
import { calendarInfos, type Request } from "./calendar.ts"
import type { CalendarEvent } from "./event.ts"
import { hiddenKey } from "./hidden-key.ts"
import { zoneTextsOf } from "./ics/zone-texts.ts"
import type { Html } from "./layout.ts"
import { isDay } from "./event-schema.ts"
import { isRule, OFFERED_RULES, ruleName, ruleUntilDay, splitRule } from "./series/rule.ts"
import { addDays } from "./series/when.ts"

/** What stands in the fields of an event's form. */
export type Draft = Readonly<Record<string, string>>

const REMINDERS = [
  ["", "None"],
  ["0", "When it starts"],
  ["5", "5 minutes before"],
  ["10", "10 minutes before"],
  ["30", "30 minutes before"],
  ["60", "1 hour before"],
  ["1440", "1 day before"]
] as const

/** The form. `extra` stands before its button. */
export function eventForm(
  request: Request,
  action: string,
  values: Draft,
  button: string,
  problem: string,
  extra: Html | "" = ""
): Html {
  const value = (name: string): string => values[name] ?? ""
  return html`<form class="stack" method="post" action="${action}">
    ${problem === "" ? "" : html`<p class="note" role="alert">Not saved: ${problem}.</p>`} ${hiddenKey(request.env)}
    <label>Title<input name="title" required maxlength="200" value="${value("title")}" /></label>
    <div class="row">
      <label>Day<input type="date" name="date" required value="${value("date")}" /></label>
      <label>From<input type="time" name="start" value="${value("start")}" aria-describedby="all-day" /></label>
      <label>To<input type="time" name="end" value="${value("end")}" /></label>
      <label>Last day<input type="date" name="endDate" value="${value("endDate")}" /></label>
    </div>
    <p class="hint" id="all-day">Without a time it lasts all day; without a last day it ends on the first.</p>
    <label>Place<input name="place" maxlength="200" value="${value("place")}" /></label>
    ${repeatFields(request, values)}
    <div class="row">
      ${select("Reminder", "reminder", withOwn(REMINDERS, value("reminder"), "minutes before"), value("reminder"))}
      ${calendarField(request, value("calendar"))}
      <label
        >Time zone<input name="zone" list="zones" maxlength="64" value="${value("zone")}" placeholder="On every clock"
      /></label>
      <datalist id="zones"></datalist>
    </div>
    <label>Notes<textarea name="notes">${value("notes")}</textarea></label>
    ${extra}
    <div class="row"><button class="main-action">${button}</button></div>
  </form>`
}

function repeatFields(request: Request, { repeat = "", zone = "", until: typed }: Draft): Html {
  const texts = zoneTextsOf(request.env)
  const { rule, until } = splitRule(repeat, zone, texts)
  const isOffered = OFFERED_RULES.some(([offered]) => offered === rule)
  const rules: readonly Option[] = isOffered ? OFFERED_RULES : [...OFFERED_RULES, [rule, ruleName(rule, zone, texts)]]
  return html`<div class="row">
    ${select("Repeat", "repeat", rules, rule)}
    <label>Repeat until<input type="date" name="until" value="${typed ?? until}" /></label>
  </div>`
}

/** Shown only where there is a choice. */
function calendarField(request: Request, chosen: string): Html | "" {
  const own = calendarInfos(request).filter(({ team }) => team === "")
  if (own.length === 1) return ""
  return select(
    "Calendar",
    "calendar",
    own.map(({ id, name }) => [id, name]),
    chosen
  )
}

type Option = readonly [value: string, name: string]

function select(label: string, name: string, options: readonly Option[], chosen: string): Html {
  return html`<label
    >${label}<select name="${name}">
      ${options.map(([value, text]) => html`<option value="${value}" ${value === chosen ? "selected" : ""}>${text}</option>`)}
    </select></label
  >`
}

/** A value that is none of those offered is offered, too. */
const withOwn = (options: readonly Option[], value: string, unit: string): readonly Option[] =>
  options.some(([offered]) => offered === value) ? options : [...options, [value, `${value} ${unit}`.trim()]]

/**
 * The fields of an event from its form: rule and last day become one field, which is as shown where nobody touched them; what ends
 * before it begins on the clock ends on the next day.
 */
export function fromForm(request: Request, { until = "", ...form }: Draft, shown: CalendarEvent | null = null): Draft {
  const draft = { ...form, ...overMidnight(form) }
  const { repeat } = draft
  if (repeat === undefined) return draft
  const texts = zoneTextsOf(request.env)
  const before = splitRule(shown?.repeat ?? "", shown?.zone ?? "", texts)
  if (repeat === before.rule && until === before.until) return { ...draft, repeat: shown?.repeat ?? "" }
  if (!isRule(repeat) || !/^\d{4}-\d\d-\d\d$/.test(until)) return draft
  const when = { ...NO_TIME, ...shown, ...draft }
  return { ...draft, repeat: ruleUntilDay(repeat, until, when, texts) }
}

const NO_TIME = { date: "", start: "", endDate: "", end: "", zone: "" }

/** From 23:00 to 01:00 is until the next day. */
function overMidnight({ date = "", start = "", endDate = "", end = "" }: Draft): Draft {
  const isOver = isDay(date) && start !== "" && end !== "" && end < start && (endDate === "" || endDate === date)
  return isOver ? { endDate: addDays(date, 1) } : {}
}
