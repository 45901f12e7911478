/** Rules of repetition as text (RRULE): the simple ones that people choose, and any that ical.js reads. */
import ICAL from "ical.js"
import { Temporal } from "temporal-polyfill"
import { UTC, type When } from "./when.ts"
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

/** A rule without its last day, and that day (empty when it has none). What is no rule stays as it is. */
export function splitRule(text: string): { readonly rule: string; readonly until: string } {
  if (!isRule(text)) return { rule: text, until: "" }
  const rule = ICAL.Recur.fromString(text)
  const until = rule.until?.toString().slice(0, 10) ?? ""
  rule.until = null
  return { rule: rule.toString(), until }
}

/** A rule that ends with a day, on the clocks of the event. */
export function ruleUntilDay(text: string, day: string, { start, zone }: When, texts: ZoneTexts): string {
  if (start === "") return ruleUntil(text, day)
  const end = `${day}T23:59:59`
  return ruleUntil(text, zone === UTC ? `${end}Z` : (zoneOf(zone, texts)?.toInstant(end) ?? end))
}

/** A rule that ends with a day or a time (`2026-11-23T08:00:00Z`), in the place of any end that it had. */
export function ruleUntil(text: string, until: string): string {
  const rule = ICAL.Recur.fromString(text)
  rule.count = null
  rule.until = ICAL.Time.fromString(until, null)
  return rule.toString()
}

/** A rule that goes on after so many times. */
export function ruleAfter(text: string, times: number): string {
  const rule = ICAL.Recur.fromString(text)
  if (rule.count !== null) rule.count = Math.max(1, rule.count - times)
  return rule.toString()
}

/** The rule in words, as far as there are some. */
export function ruleName(text: string): string {
  const { rule, until } = splitRule(text)
  const known = OFFERED_RULES.find(([offered]) => offered === rule)?.[1]
  const last = /^\d{4}-\d\d-\d\d$/.test(until)
    ? Temporal.PlainDate.from(until).toLocaleString("en-GB", { dateStyle: "long" })
    : ""
  return `${known ?? `By the rule ${rule}`}${last === "" ? "" : `, until ${last}`}`
}
