/** The events of a calendar one by one: what takes place once, each series, and each part of one that goes on otherwise. */
import type { AppContext } from "../../../shared/app/app.ts"
import { fromRecord, type CalendarEvent } from "./event.ts"
import { findPart, listParts } from "./series/parts.ts"

/** All events, by day and time. */
export function eventsOf(context: AppContext): readonly CalendarEvent[] {
  return listParts(context)
    .map(fromRecord)
    .toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))
}

/** One event that is there. */
export function findEvent(context: AppContext, id: string): CalendarEvent | undefined {
  const part = findPart(context, id)
  return part && fromRecord(part)
}

const sortKey = (event: CalendarEvent): string => `${event.date} ${event.start} ${event.title} ${event.id}`
