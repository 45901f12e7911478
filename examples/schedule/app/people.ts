/**
 * The names of those who write in a calendar. Writes carry a user's id, which tells people nothing; so whoever writes leaves
 * his name beside it. Only for show: who may do what is the platform's business.
 */
import type { AppContext } from "../../../shared/app/app.ts"
import { isRecordId } from "../../../shared/app/record-entry.ts"
import { records, type Records } from "../../../shared/app/records.ts"

const people = (context: AppContext): Records => records(context.doc, "people")

/** Any user's id as a record's: letters, digits and `-` as they are, all else by its code. */
const recordOf = (user: string): string =>
  user.replace(/[^A-Za-z0-9-]/gu, (sign) => `_${(sign.codePointAt(0) ?? 0).toString(16)}_`)

/** Leaves the writer's name; called after a request's other writes, whose ids then do not depend on it. */
export function leaveName(context: AppContext): void {
  const { id, name } = context.user
  const record = recordOf(id)
  if (isRecordId(record) && nameOf(context, id) !== name) people(context).put(record, { name }, context)
}

/** The name that somebody left; without one his id. */
export function nameOf(context: AppContext, user: string): string {
  const name = people(context).get(recordOf(user))?.fields.get("name")
  return typeof name === "string" && name !== "" ? name : user
}
