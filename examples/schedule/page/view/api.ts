/** Requests of the view to the calendar's API. Whatever answers them, server or browser, the answer is parsed before it is used. */
import * as v from "valibot"
import { Times } from "./occurrence.ts"

const Edited = v.object({ id: v.string(), undo: v.array(v.unknown()) })
const Redo = v.object({ redo: v.array(v.unknown()) })
const Created = v.object({ id: v.string() })
const Dismissed = v.object({ dismissed: v.array(v.string()) })
const Refused = v.object({ error: v.string() })

/** Which times of a series are meant. */
export type Scope = "one" | "following" | "all"

/** What is done to an event. */
export interface Edit {
  readonly instance: string
  readonly scope: Scope
  readonly change?: object
  readonly remove?: true
}

/** What takes something back; the API's own steps. */
export type Steps = readonly unknown[]

/** What takes place from one day to another. */
export const fetchTimes = (base: string, from: string, to: string): Promise<Times> =>
  ask(Times, "GET", `${base}/api/occurrences?from=${from}&to=${to}`)

/** Changes or deletes an event; gives what takes it back. */
export const sendEdit = async (base: string, id: string, edit: Edit): Promise<Steps> =>
  (await ask(Edited, "POST", `${base}/api/events/${id}/edit`, edit)).undo

/** Writes a new event; gives what takes it back. */
export const sendNew = async (base: string, event: object): Promise<Steps> => [
  { remove: (await ask(Created, "POST", `${base}/api/events`, event)).id }
]

/** Takes steps back; gives what does them again. */
export const sendUndo = async (base: string, steps: Steps): Promise<Steps> =>
  (await ask(Redo, "POST", `${base}/api/undo`, { steps })).redo

/** The reminders that the person has closed of late, in whichever calendar they are: his own one keeps them. */
export const fetchDismissed = async (): Promise<readonly string[]> =>
  (await ask(Dismissed, "GET", "/calendar/api/dismissed")).dismissed

/** Says that a reminder was seen; it is not shown again in another page. */
export async function sendDismissed(key: string): Promise<void> {
  await ask(v.unknown(), "POST", "/calendar/api/dismissed", { key })
}

/** Throws an Error that says why for whoever made the change. */
async function ask<const S extends v.GenericSchema>(
  schema: S,
  method: string,
  path: string,
  body?: object
): Promise<v.InferOutput<S>> {
  const headers: HeadersInit = body === undefined ? {} : { "content-type": "application/json" }
  const answer = await fetch(path, { method, headers, body: body === undefined ? null : JSON.stringify(body) })
  const text = await answer.text()
  if (!answer.ok) throw new Error(refusalIn(text) ?? `the calendar answered ${answer.status}`)
  return v.parse(schema, text === "" ? null : JSON.parse(text))
}

function refusalIn(text: string): string | null {
  try {
    const refused = v.safeParse(Refused, JSON.parse(text))
    return refused.success ? refused.output.error : null
  } catch (cause) {
    if (cause instanceof SyntaxError) return text.slice(0, 200) || null
    throw cause
  }
}
