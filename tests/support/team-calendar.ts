/** The team's calendar of the schedule on two sides that merge: requests to its API, and what they show. */
import { app } from "../../examples/schedule/release-2.ts"
import { service } from "../../examples/schedule/service.ts"
import { MemorySide, ORIGIN } from "./memory-side.ts"

export const TEAM = "/calendar/team/red"

/** An event at one of its times, as the API tells it. */
export interface Time {
  readonly id: string
  readonly instance: string
  readonly title: string
  readonly span: { readonly from: string; readonly to: string }
  readonly startsAt: string
  readonly conflicts: readonly string[]
}

/** Ann's side and Bob's; each request comes a minute after the one before. */
export function twoSides(): { readonly server: MemorySide; readonly client: MemorySide } {
  let minutes = 0
  const now = (): Date => new Date(Date.UTC(2026, 10, 1, 10, minutes++))
  return {
    server: new MemorySide(service, app, { id: "ann", name: "Ann" }, now),
    client: new MemorySide(service, app, { id: "bob", name: "Bob" }, now)
  }
}

/** Each side takes over what the other has. */
export async function mergeBoth(one: MemorySide, other: MemorySide): Promise<void> {
  await one.merge(other)
  await other.merge(one)
}

/** A request; what it is answered. */
export const send = (side: MemorySide, method: string, path: string, body?: BodyInit): Promise<Response> =>
  side.fetch(new Request(`${ORIGIN}${TEAM}${path}`, { method, ...(body === undefined ? {} : { body }) }))

/** A request to the API; its answer's JSON. */
export async function callJson<T = unknown>(side: MemorySide, method: string, path: string, body?: object): Promise<T> {
  const answer = await send(side, method, path, body === undefined ? undefined : JSON.stringify(body))
  return (answer.status === 204 ? null : await answer.json()) as T
}

/** What takes place from one day to another. */
export const timesOf = async (side: MemorySide, from: string, to: string): Promise<readonly Time[]> =>
  (await callJson<{ occurrences: Time[] }>(side, "GET", `/api/occurrences?from=${from}&to=${to}`)).occurrences

/** What takes place in November: `11-09T09:30 Stand-up`. */
export const startsOf = async (side: MemorySide): Promise<readonly string[]> =>
  (await timesOf(side, "2026-11-01", "2026-12-01")).map(({ span, title }) => `${span.from.slice(5, 16)} ${title}`)
