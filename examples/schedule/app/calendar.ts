/** Which calendar a request is about, and where its pages are. Links are absolute: they are true on both sides. */
import type { Context, Hono } from "hono"
import type { AppContext } from "../../../shared/app/app.ts"
import { calendarsOf, type CalendarInfo } from "./calendars.ts"
import type { CalendarEvent } from "./event.ts"

/** Hono's environment: what the platform gives with each request. */
export type Env = { Bindings: AppContext }
export type Request = Context<Env>
export type Routes = Hono<Env>

/** How a release searches; the two releases differ in it. */
export type Search = (events: readonly CalendarEvent[], url: string) => readonly CalendarEvent[]

/** One build of the schedule. */
export interface Build {
  readonly version: string
  readonly search: Search
}

/** A calendar's address and name. */
export interface Calendar {
  /** `/calendar` or `/calendar/team/<team>`, as it stands in the URL. */
  readonly base: string
  readonly name: string
}

/** The calendar that a request is about, from its path. */
export function calendarOf(request: Request): Calendar {
  const team = /^\/calendar\/team\/([^/]+)/.exec(new URL(request.req.url).pathname)
  if (!team?.[1]) return { base: "/calendar", name: `${request.env.user.name}'s calendar` }
  return { base: `/calendar/team/${team[1]}`, name: `Team ${decodeURIComponent(team[1])}` }
}

/** The calendars of a request's document, its main one first. */
export const calendarInfos = (request: Request): readonly CalendarInfo[] =>
  calendarsOf(request.env, calendarOf(request).name)
