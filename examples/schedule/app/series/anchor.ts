/** When a series began before anybody moved it: its times are called by that. */
import type { AppContext } from "../../../../shared/app/app.ts"
import type { ShownRecord } from "../../../../shared/app/shown-record.ts"
import { eventRecords, textOf } from "../event.ts"
import { readSource } from "../ics/source.ts"
import { zoneTextsOf } from "../ics/zone-texts.ts"
import { orNull, readable } from "./readable.ts"
import { readSpan } from "./when.ts"

/** Whether an event may take place more than once. Looked at as text: most events do not, and their source need not be read. */
export function isSeries({ fields }: ShownRecord): boolean {
  const source = textOf(fields, "source")
  return textOf(fields, "repeat") !== "" || source.includes('"rrule"') || source.includes('"rdate"')
}

/** The first start: that of the file it came from, else the one that was written first. */
export function anchorOf(context: AppContext, record: ShownRecord): string {
  const source = textOf(record.fields, "source")
  const said = source === "" ? null : orNull(readable(() => readSpan(readSource(source), zoneTextsOf(context))))
  return said?.span.from ?? firstStart(context, record.id)
}

/** What one write said of day and time when the event was made. */
function firstStart(context: AppContext, id: string): string {
  const events = eventRecords(context)
  const [first] = events.writes(id, "date").toSorted((a, b) => a.at - b.at || (a.writeId < b.writeId ? -1 : 1))
  const start = events.writes(id, "start").find(({ writeId }) => writeId === first?.writeId)?.value
  const date = typeof first?.value === "string" ? first.value : ""
  return typeof start === "string" && start !== "" ? `${date}T${start}:00` : date
}
