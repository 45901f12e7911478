/**
 * The calendars of a document: the main one, which needs no record, others beside it (made by people or by the import of a file),
 * and in one's own document the teams' calendars that one wants to see along with it.
 */
import * as v from "valibot"
import type { AppContext } from "../../../shared/app/app.ts"
import { records, type Records } from "../../../shared/app/records.ts"
import type { ShownRecord } from "../../../shared/app/shown-record.ts"
import { textOf } from "./event.ts"

/** The colours that a calendar can have, by name; each is readable on light and dark. */
export const COLOURS = ["blue", "green", "red", "purple", "orange", "teal", "pink", "grey"] as const
export type Colour = (typeof COLOURS)[number]

/** One calendar of a document. */
export interface CalendarInfo {
  /** Empty for the main one. */
  readonly id: string
  readonly name: string
  readonly colour: Colour
  /** The team whose calendar it stands for; empty for one that is in this document. */
  readonly team: string
}

/** What a form or a script says of a calendar. */
export const CalendarChange = v.partial(
  v.object({
    name: v.pipe(
      v.string(),
      v.trim(),
      v.nonEmpty("must not be empty"),
      v.maxLength(80, "is longer than 80 characters")
    ),
    colour: v.picklist(COLOURS, "is no colour"),
    team: v.pipe(v.string(), v.trim(), v.maxLength(80, "is longer than 80 characters"))
  })
)

/** The record of the main calendar's colour. */
const MAIN = "main"

export const calendarRecords = (context: AppContext): Records => records(context.doc, "calendars")

/** The main calendar first, then the others by name. `mainName` is what the main one is called. */
export function calendarsOf(context: AppContext, mainName: string): readonly CalendarInfo[] {
  const all = calendarRecords(context).list()
  const main = all.find(({ id }) => id === MAIN)
  const others = all.filter(({ id }) => id !== MAIN).map((record) => infoOf(record))
  return [
    { id: "", name: mainName, colour: main ? infoOf(main).colour : "blue", team: "" },
    ...others.toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)))
  ]
}

/** Where a calendar's record is: the main one has one, too, once somebody gave it a colour. */
export const calendarRecordId = (id: string): string => (id === "" ? MAIN : id)

function infoOf({ id, fields }: ShownRecord): CalendarInfo {
  const colour = COLOURS.find((name) => name === fields.get("colour")) ?? "green"
  return {
    id,
    name: textOf(fields, "name") || textOf(fields, "team") || "Calendar",
    colour,
    team: textOf(fields, "team")
  }
}
