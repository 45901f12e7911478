/**
 * All the times at which one event takes place: its rules, extra and left-out times, expanded by ical.js on the clocks of the
 * event's own zone and kept as far as somebody looked.
 */
import ICAL from "ical.js"
import type { Temporal } from "temporal-polyfill"
import { keyOf, startOf } from "./key.ts"
import { endOf } from "./rule.ts"
import { doesTouch, moved, readSpan, shiftBetween, shifted, wallOf, type MoveUnit, type Span } from "./when.ts"
import type { ZoneTexts } from "./zone.ts"

/** One time of an event: what it is called (`20261123T093000`, when it would be if nobody had moved the series), and its span. */
export interface Instance {
  readonly key: string
  readonly span: Span
}

/** No series is followed for longer: a rule may be anything. Daily, it is 54 years. */
const MOST_TIMES = 20_000

export class Series {
  readonly zone: string
  readonly span: Span
  readonly isRecurring: boolean
  readonly #length: Temporal.Duration
  readonly #since: string
  readonly #moved: Temporal.Duration
  readonly #iterators: readonly ICAL.RecurIterator[]
  readonly #excluded: ReadonlySet<string>
  /** Extra times, with an end of their own where the file gave one. */
  readonly #extra: ReadonlyMap<string, string | null>
  /** The times that rules gave so far, and how far each rule was followed. */
  readonly #found = new Set<string>()

  /** `since` is what its first time is called by, as a start; `unit` what it moves by. Throws when the component does not say when it is. */
  constructor(component: ICAL.Component, texts: ZoneTexts, since = "", unit: MoveUnit = "day") {
    const { span, zone } = readSpan(component, texts)
    this.#since = since === "" ? span.from : since
    this.#moved = shiftBetween(this.#since, span.from, unit)
    this.span = span
    this.zone = zone
    this.#length = shiftBetween(span.from, span.to)
    this.#extra = extraTimes(component, zone, texts)
    this.#excluded = excludedTimes(component, zone, texts)
    const rules = component.getAllProperties("rrule").map((property) => ruleOf(property, zone, texts))
    const start = ICAL.Time.fromString(span.from, null)
    this.#iterators = rules.map((rule) => rule.iterator(start))
    this.isRecurring = rules.length > 0 || this.#extra.size > 0
    this.#found.add(span.from)
  }

  /** The times that touch [from, to), in order; both are wall-clock texts of the event's zone, a day or a time. */
  between(from: string, to: string): readonly Instance[] {
    const touches = ({ span }: Instance): boolean => doesTouch(span, from, to)
    if (!this.isRecurring) return [this.#instance(this.span.from)].filter(touches)
    this.#follow(to)
    const earliest = shifted(from, this.#length.negated())
    return [...this.#times()]
      .filter((start) => start < to && (start >= earliest.slice(0, 10) || this.#extra.has(start)))
      .map((start) => this.#instance(start))
      .filter(touches)
      .toSorted((a, b) => (a.span.from < b.span.from ? -1 : 1))
  }

  /** One time by its key; undefined when the event does not take place then. */
  find(key: string): Instance | undefined {
    const start = this.startFor(key)
    if (start === undefined) return undefined
    this.#follow(`${start.slice(0, 10)}T99`)
    return this.#times().has(start) ? this.#instance(start) : undefined
  }

  /** The span that the time of a key has, or would have if there were one; undefined when it is no key. */
  spanFor(key: string): Span | undefined {
    const start = this.startFor(key)
    return start === undefined ? undefined : this.#instance(start).span
  }

  /** Where the time of a key begins by now. */
  startFor(key: string): string | undefined {
    const named = startOf(key)
    return named === undefined ? undefined : moved(named, this.#moved, this.span.from)
  }

  /** How many times the rules alone gave before this one. */
  countBefore(start: string): number {
    this.#follow(start)
    return [...this.#found].filter((time) => time < start).length
  }

  #times(): Set<string> {
    const all = new Set([...this.#found, ...this.#extra.keys()])
    for (const time of all) if (this.#excluded.has(time) || this.#excluded.has(time.slice(0, 10))) all.delete(time)
    return all
  }

  #instance(start: string): Instance {
    const to = this.#extra.get(start) ?? shifted(start, this.#length)
    return { key: keyOf(moved(start, this.#moved.negated(), this.#since)), span: { from: start, to } }
  }

  #follow(to: string): void {
    for (const iterator of this.#iterators) {
      while (this.#found.size < MOST_TIMES && !this.#isPast(iterator.last, to)) {
        const next = iterator.next()
        if (!next) break
        this.#found.add(next.toString())
      }
    }
  }

  /** Whether a rule's latest time was taken and lies behind what is asked for. */
  #isPast(latest: ICAL.Time | null, to: string): boolean {
    const text = latest?.toString() ?? ""
    return text >= to && this.#found.has(text)
  }
}

/** A rule whose end stands on the event's own clocks, as its times do. */
function ruleOf(property: ICAL.Property, zone: string, texts: ZoneTexts): ICAL.Recur {
  const value: unknown = property.getFirstValue()
  if (!(value instanceof ICAL.Recur)) throw new RangeError("RRULE is no rule")
  const rule = value.clone()
  const end = endOf(rule, zone, texts)
  // Times of the last day are in, too, when a rule names that day.
  if (end !== "") rule.until = ICAL.Time.fromString(end.length === 10 ? `${end}T23:59:59` : end, null)
  return rule
}

function extraTimes(component: ICAL.Component, zone: string, texts: ZoneTexts): ReadonlyMap<string, string | null> {
  const times = new Map<string, string | null>()
  for (const property of component.getAllProperties("rdate")) {
    const wall = (time: unknown): string => wallOf(time, property, zone, texts)
    for (const value of property.getValues() as unknown[]) {
      if (value instanceof ICAL.Period) times.set(wall(value.start), wall(value.getEnd()))
      else times.set(wall(value), null)
    }
  }
  return times
}

function excludedTimes(component: ICAL.Component, zone: string, texts: ZoneTexts): ReadonlySet<string> {
  const times = component
    .getAllProperties("exdate")
    .flatMap((property) => property.getValues().map((value: unknown) => wallOf(value, property, zone, texts)))
  return new Set(times)
}
