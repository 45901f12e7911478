/** The extra and left-out times that a file gave a series, once the series was moved or split. */
import ICAL from "ical.js"
import { spanOf, moved, readSpan, shiftBetween, timeProperty, wallOf } from "../series/when.ts"
import { fromRecord } from "../event.ts"
import type { Part } from "../series/part.ts"
import { moveUnit } from "../series/rule.ts"
import type { ZoneTexts } from "../series/zone.ts"

/** Leaves in a series' own VEVENT, as the file gave it, the times of this part, each where it is by now. */
export function fitTimes(component: ICAL.Component, part: Part, texts: ZoneTexts): void {
  const isPart = part.id !== part.series
  if (isPart) component.updatePropertyWithValue("uid", part.id)
  const event = fromRecord(part)
  const { span, zone } = readSpan(component, texts)
  const from = spanOf(event).from
  if (part.since === "" || (!isPart && part.until === null && from === span.from && event.zone === zone)) return
  const by = shiftBetween(part.since, from, moveUnit(part.rule))
  const isIn = (wall: string): boolean =>
    wall >= part.since.slice(0, wall.length) && (part.until === null || wall < part.until)
  for (const name of ["rdate", "exdate"])
    for (const property of component.getAllProperties(name)) {
      const values: readonly unknown[] = property.getValues()
      component.removeProperty(property)
      for (const value of values) {
        const wall = (time: unknown): string => wallOf(time, property, zone, texts)
        const begin = wall(value instanceof ICAL.Period ? value.start : value)
        if (!isIn(begin)) continue
        const at = (time: string): string => moved(time, by, time.length === 10 ? time : from)
        if (value instanceof ICAL.Period)
          component.addProperty(period(name, at(begin), at(wall(value.getEnd())), event.zone))
        else component.addProperty(timeProperty(name, at(begin), event.zone))
      }
    }
}

function period(name: string, from: string, to: string, zone: string): ICAL.Property {
  const start = timeProperty(name, from, zone)
  const value = ICAL.Period.fromData({
    start: start.getFirstValue() as ICAL.Time, // put there by timeProperty
    end: timeProperty(name, to, zone).getFirstValue() as ICAL.Time
  })
  start.resetType("period")
  start.setValue(value)
  return start
}
