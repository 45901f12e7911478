/** The fields that hold in one part of a series, from its own record and from what comes before it. */
import type { AppContext } from "../../../../shared/app/app.ts"
import type { JsonValue } from "../../../../shared/app/record-entry.ts"
import type { ShownRecord } from "../../../../shared/app/shown-record.ts"
import { SHOWN_FIELDS } from "../event-schema.ts"
import { fromRecord, textOf } from "../event.ts"
import { zoneTextsOf } from "../ics/zone-texts.ts"
import { anchorOf, isSeries } from "./anchor.ts"
import { isPartWhen, PART_WHEN, type Part } from "./part.ts"
import { orNull, readable } from "./readable.ts"
import { moveUnit, ruleAfter, ruleBefore } from "./rule.ts"
import { seriesOf } from "./series-of.ts"
import { moved, shiftBetween, shifted, spanOf, whenOf } from "./when.ts"
import type { ZoneTexts } from "./zone.ts"

/** What a series' own record says. */
export function firstPart(context: AppContext, record: ShownRecord, until: string | null): Part {
  const since = isSeries(record) ? anchorOf(context, record) : ""
  const rule = textOf(record.fields, "repeat")
  return cut({ ...record, series: record.id, since, until: null, rule, layers: [record] }, until, zoneTextsOf(context))
}

/** What a part says, over what comes before it. */
export function over(below: Part, record: ShownRecord, since: string, texts: ZoneTexts): Part {
  const hasWhen = textOf(record.fields, "date") !== ""
  const when: Readonly<Record<string, string>> = hasWhen ? ownWhen(record) : whenFrom(below, since, texts)
  const said = [...record.fields].filter(([field, value]) => value !== null && !isPartWhen(field))
  const fields = new Map<string, JsonValue>([...below.fields, ...said, ...Object.entries(when)])
  const conflicts = SHOWN_FIELDS.filter((field) => {
    const isOwn = isPartWhen(field) ? hasWhen : typeof record.fields.get(field) === "string"
    return (isOwn ? record : below).conflicts.includes(field)
  })
  const { series, layers } = below
  const rule = when["repeat"] ?? ""
  return { id: record.id, fields, conflicts, series, since, until: null, rule, layers: [record, ...layers] }
}

const ownWhen = ({ fields }: ShownRecord): Record<string, string> =>
  Object.fromEntries(PART_WHEN.map((field) => [field, textOf(fields, field)]))

/** When a part begins that says nothing of it: where the part before would have gone on. */
function whenFrom(below: Part, since: string, texts: ZoneTexts): Record<string, string> {
  const event = fromRecord(below)
  const span = orNull(readable(() => spanOf(event)))
  if (!span || below.since === "") return ownWhen(below)
  const from = startIn(below, span.from, since)
  const to = shifted(from, shiftBetween(span.from, span.to))
  const count = seriesOf(below, texts)?.countBefore(from) ?? 0
  return { ...whenOf({ from, to }, event.zone), repeat: ruleAfter(below.rule, count) }
}

/** Ends a part before a time. */
export function cut(part: Part, until: string | null, texts: ZoneTexts): Part {
  if (until === null) return part
  const ended = { ...part, until }
  const { zone, ...event } = fromRecord(part)
  const span = orNull(readable(() => spanOf({ ...event, zone })))
  if (!span || part.rule === "" || part.since === "") return ended
  const end = startIn(part, span.from, until)
  const repeat = ruleBefore(part.rule, end, zone, texts, seriesOf(part, texts)?.countBefore(end) ?? 0)
  return { ...ended, fields: new Map([...part.fields, ["repeat", repeat]]) }
}

const startIn = (part: Part, from: string, start: string): string =>
  moved(start, shiftBetween(part.since, from, moveUnit(part.rule)), from)
