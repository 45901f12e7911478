/**
 * The rule of a series that moves as a whole: what it says of weekdays and days of the month moves along, and its end. Not every rule
 * has one that says the same a day later.
 */
import ICAL from "ical.js"
import { Temporal } from "temporal-polyfill"
import { endOf, isRule, moveUnit, ruleUntil, ruleUntilDay } from "./rule.ts"
import { moved, shiftBetween, type When } from "./when.ts"
import type { ZoneTexts } from "./zone.ts"

/** From which time to which a series moves, and the fields that it has then. */
export interface Move {
  readonly from: string
  readonly to: string
  readonly zone: string
  readonly when: When
}

/** The moved rule; null when there is none, and people have to say what they mean. */
export function moveRule(text: string, move: Move, texts: ZoneTexts): string | null {
  if (!isRule(text)) return text
  const rule = ICAL.Recur.fromString(text)
  const [from, to] = [dayOf(move.from), dayOf(move.to)]
  if (!from.equals(to) && !moveDays(rule, from, to)) return null
  const end = endOf(rule, move.zone, texts)
  if (end === "") return rule.toString()
  if (end.length === 10)
    return ruleUntilDay(rule.toString(), dayOf(end).add(from.until(to)).toString(), move.when, texts)
  return ruleUntil(
    rule.toString(),
    moved(end, shiftBetween(move.from, move.to, moveUnit(text)), move.to),
    move.when.zone,
    texts
  )
}

const dayOf = (wall: string): Temporal.PlainDate => Temporal.PlainDate.from(wall.slice(0, 10))

type Values = readonly (string | number)[] | undefined
interface Named {
  readonly days: Values
  readonly dates: Values
  readonly months: Values
}

const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const

/** Moves what the rule says of days; false when it says more than can be moved. */
function moveDays(rule: ICAL.Recur, from: Temporal.PlainDate, to: Temporal.PlainDate): boolean {
  const parts = rule.parts as Readonly<Record<string, readonly (string | number)[] | undefined>> // ical.js types it as any
  const { BYDAY: days, BYMONTHDAY: dates, BYMONTH: months, ...others } = parts
  const isPlain = Object.values(others).every((values) => values === undefined)
  if (days === undefined && dates === undefined && months === undefined && isPlain) return true
  if (!isPlain || (days && dates)) return false
  if (rule.freq === "WEEKLY" || rule.freq === "DAILY") {
    const names = days?.map((day) => movedWeekday(String(day), from.until(to).days))
    if (!names || dates || months || names.includes(null)) return false
    rule.setComponent(
      "BYDAY",
      names.filter((name) => name !== null)
    )
    return true
  }
  return moveInMonth(rule, { days, dates, months }, to)
}

function movedWeekday(day: string, by: number): string | null {
  const index = WEEKDAYS.findIndex((name) => name === day)
  return index < 0 ? null : (WEEKDAYS.at((((index + by) % 7) + 7) % 7) ?? null)
}

/** Of a rule that names one date: the one on which it is now. The second Monday has no equal on a Tuesday. */
function moveInMonth(rule: ICAL.Recur, { days, dates, months }: Named, to: Temporal.PlainDate): boolean {
  if (days || [dates, months].some((values) => (values?.length ?? 1) !== 1)) return false
  if (months) rule.setComponent("BYMONTH", [to.month])
  if (dates && Number(dates[0]) < 0) return false
  if (dates) rule.setComponent("BYMONTHDAY", [to.day])
  return true
}
