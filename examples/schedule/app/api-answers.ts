/** What the JSON API's routes share: reading a body, saying that there is no such event. */
import { isRecordId } from "../../../shared/app/record-entry.ts"
import type { Request } from "./calendar.ts"
import { eventRecords } from "./event.ts"

/** Gone when it was there once, unknown when it never was. */
export function missing(request: Request): Response {
  const id = request.req.param("id") ?? ""
  const known = isRecordId(id) && eventRecords(request.env).knows(id)
  return request.json({ error: known ? `event ${id} was deleted` : `there is no event ${id}` }, known ? 410 : 404)
}

/** A body as JSON; an empty one is an empty object, a broken one a text that no schema takes. */
export async function readJson(request: Request): Promise<unknown> {
  const text = await request.req.text()
  try {
    return text === "" ? {} : (JSON.parse(text) as unknown)
  } catch (cause) {
    return `not JSON: ${String(cause)}`
  }
}
