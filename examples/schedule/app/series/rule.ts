/** Rules of repetition as text (RRULE): the simple ones that people choose, and any that ical.js reads. */
import ICAL from "ical.js"
import { Temporal } from "temporal-polyfill"
import { moveWall, shifted, UTC, type MoveUnit, type When } from "./when.ts"
import { zoneOf, type ZoneTexts } from "./zone.ts"

/** How often something can take place: nothing more often than once a day. */
const RATES = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]

/** Whether a text is a rule that an event may have. */
export function isRule(text: string): boolean {
  try {
    return RATES.includes(ICAL.Recur.fromString(text).freq)
  } catch (cause) {
    if (cause instanceof Error) return false
    throw cause
  }
}

/** What a series with this rule moves by. */
export function moveUnit(text: string): MoveUnit {
  const freq = isRule(text) ? ICAL.Recur.fromString(text).freq : ""
  return freq === "MONTHLY" ? "month" : freq === "YEARLY" ? "year" : "day"
}

/** Whether a rule names days, of a week or a month, or an end. */
export const namesDays = (text: string): boolean => /BY|UNTIL/i.test(text)

/** The rules that forms offer, with their names. */
export const OFFERED_RULES: readonly (readonly [rule: string, name: string])[] = [
  ["", "Does not repeat"],
  ["FREQ=DAILY", "Every day"],
  ["FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Every weekday"],
  ["FREQ=WEEKLY", "Every week"],
  ["FREQ=WEEKLY;INTERVAL=2", "Every two weeks"],
  ["FREQ=MONTHLY", "Every month"],
  ["FREQ=YEARLY", "Every year"]
]

/** Where a rule ends, as it stands on the clocks of `zone`: a day, a time, or empty. */
export function endOf({ until }: ICAL.Recur, zone: string, texts: ZoneTexts): string {
  const text = until instanceof ICAL.Time ? until.toString() : ""
  return text.endsWith("Z") ? moveWall(text.replace(/Z$/, ""), UTC, zone, texts) : text
}

/** A rule without its last day, and that day on the event's clocks (empty when it has none). What is no rule stays as it is. */
export function splitRule(
  text: string,
  zone: string,
  texts: ZoneTexts
): { readonly rule: string; readonly until: string } {
  if (!isRule(text)) return { rule: text, until: "" }
  const rule = ICAL.Recur.fromString(text)
  const until = endOf(rule, zone, texts).slice(0, 10)
  rule.until = null
  return { rule: rule.toString(), until }
}

/** A rule that ends with a day, on the clocks of the event. */
export function ruleUntilDay(text: string, day: string, { start, zone }: When, texts: ZoneTexts): string {
  return start === "" ? ruleUntil(text, day, "", texts) : ruleUntil(text, `${day}T23:59:59`, zone, texts)
}

/** A rule that ends with a day or a time on the clocks of `zone`, in the place of any end that it had. */
export function ruleUntil(text: string, end: string, zone: string, texts: ZoneTexts): string {
  const rule = ICAL.Recur.fromString(text)
  rule.count = null
  rule.until = ICAL.Time.fromString(instantOf(end, zone, texts), null)
  return rule.toString()
}

/** As RFC 5545 wants it in UNTIL: a day, or UTC where the event has a zone. */
function instantOf(wall: string, zone: string, texts: ZoneTexts): string {
  if (wall.length === 10) return wall
  return zoneOf(zone, texts)?.toInstant(wall) ?? wall
}

/** A rule that goes on after so many times. */
export function ruleAfter(text: string, times: number): string {
  if (!isRule(text)) return text
  const rule = ICAL.Recur.fromString(text)
  if (rule.count === null) return text
  rule.count = Math.max(1, rule.count - times)
  return rule.toString()
}

/** A rule that gives nothing from `end` on, a day or a time of the event; so many `times` come before it. */
export function ruleBefore(text: string, end: string, zone: string, texts: ZoneTexts, times: number): string {
  if (!isRule(text)) return text
  const rule = ICAL.Recur.fromString(text)
  if (rule.count !== null) {
    rule.count = Math.max(1, Math.min(rule.count, times))
    return rule.toString()
  }
  const known = endOf(rule, zone, texts)
  if (known !== "" && known < end) return text
  return ruleUntil(text, shifted(end, end.length === 10 ? { days: -1 } : { seconds: -1 }), zone, texts)
}

/** The rule in words, as far as there are some. */
export function ruleName(text: string, zone: string, texts: ZoneTexts): string {
  const { rule, until } = splitRule(text, zone, texts)
  const known = OFFERED_RULES.find(([offered]) => offered === rule)?.[1]
  const last = until === "" ? "" : Temporal.PlainDate.from(until).toLocaleString("en-GB", { dateStyle: "long" })
  return `${known ?? weekdayRule(rule) ?? `By the rule ${rule}`}${last === "" ? "" : `, until ${last}`}`
}

const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]

/** `Every 2 weeks on Monday and Friday`; undefined when the rule says more. */
function weekdayRule(rule: string): string | undefined {
  const said = /^FREQ=WEEKLY(?:;INTERVAL=(\d+))?;BYDAY=([A-Z]{2}(?:,[A-Z]{2})*)$/.exec(rule)
  if (!said) return undefined
  const [, every, days = ""] = said
  const monday = Temporal.PlainDate.from("2024-01-01")
  const names = days.split(",").map((day) => monday.add({ days: WEEKDAYS.indexOf(day) }))
  const list = new Intl.ListFormat("en-GB").format(names.map((day) => day.toLocaleString("en-GB", { weekday: "long" })))
  return `${every === undefined ? "Every week" : `Every ${every} weeks`} on ${list}`
}
