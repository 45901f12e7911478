/** Zones that files defined and that have no IANA name: kept beside the events that use them. */
import type ICAL from "ical.js"
import type { AppContext } from "../../../../shared/app/app.ts"
import { records, type Records } from "../../../../shared/app/records.ts"
import { textOf } from "../event.ts"
import { isIanaZone, type ZoneTexts } from "../series/zone.ts"
import { recordIdOf } from "./record-id.ts"

const zoneRecords = (context: AppContext): Records => records(context.doc, "zones")

interface Known {
  readonly revision: number
  readonly texts: ZoneTexts
}
const read = new WeakMap<Records, Known>()

/** The zones that files defined in this document, by their names. The same map until one more comes. */
export function zoneTextsOf(context: AppContext): ZoneTexts {
  const all = zoneRecords(context)
  const known = read.get(all)
  if (known?.revision === all.revision) return known.texts
  const texts = new Map(all.list().map(({ fields }) => [textOf(fields, "name"), textOf(fields, "component")]))
  read.set(all, { revision: all.revision, texts })
  return texts
}

/** Keeps the zones of a file that have no IANA name. */
export function keepZones(context: AppContext, zones: ZoneTexts): void {
  for (const [name, component] of zones) zoneRecords(context).put(recordIdOf(name), { name, component }, context)
}

/** The zones without an IANA name that a calendar defines, as text. */
export function ownZones(calendar: ICAL.Component): ZoneTexts {
  const found = calendar.getAllSubcomponents("vtimezone").map((zone): readonly [string, string] => {
    const name: unknown = zone.getFirstPropertyValue("tzid")
    return [typeof name === "string" ? name : "", JSON.stringify(zone)]
  })
  return new Map(found.filter(([name]) => name !== "" && !isIanaZone(name)))
}
