/** The times of an event or a part, kept as long as nobody changes it. */
import { componentOf } from "../ics/component.ts"
import type { Part } from "./part.ts"
import { orNull, readable } from "./readable.ts"
import { moveUnit } from "./rule.ts"
import { Series } from "./series.ts"
import type { ZoneTexts } from "./zone.ts"

const series = new WeakMap<Part, Series | null>()

/** All times; null when it does not say when it is: what cannot be read is listed by search, and has no place among the times. */
export function seriesOf(part: Part, texts: ZoneTexts): Series | null {
  const known = series.get(part)
  if (known !== undefined) return known
  const made = orNull(readable(() => new Series(componentOf(part, texts), texts, part.since, moveUnit(part.rule))))
  series.set(part, made)
  return made
}
