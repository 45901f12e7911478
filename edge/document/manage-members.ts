/** What owners and admins may do about a document's members, as an HTTP answer. Keeps SPEC rule DOC-20. */
import * as v from "valibot"
import { MemberWordSchema, type MemberWord } from "../../shared/protocol/roles.ts"
import type { AdminAnswer, MembersAsker, MembersWish } from "../platform/objects.ts"
import { MAX_MEMBERS, type Members } from "./members.ts"

export interface ManagePorts {
  readonly members: Members
  readonly now: () => number
  /** Called after a change was stored. */
  readonly changed: (subject: string, word: MemberWord) => void
}

/** Lists the members, or says something about one of them. */
export const manageMembers = (wish: MembersWish, asker: MembersAsker, ports: ManagePorts): AdminAnswer => {
  const { members } = ports
  if (asker.by === "person" && members.roleOf(asker.who, asker.standing) !== "owner")
    return answer(403, { error: "only an owner of this document may see and set its members" })
  switch (wish.type) {
    case "list":
      return answer(200, { members: members.list(), changes: members.changes() })
    case "set":
      return setMember(wish.subject, wish.word, asker, ports)
  }
}

const setMember = (subject: string, input: string, { who, by }: MembersAsker, ports: ManagePorts): AdminAnswer => {
  const { members, now, changed } = ports
  const word = v.safeParse(MemberWordSchema, input)
  if (!word.success) return answer(400, { error: "role: must be owner, editor or reader" })
  if (members.isOnlyOwner(subject) && word.output !== "owner")
    return answer(409, { error: `${subject} is the only owner: make somebody else an owner first` })
  if (members.wordOf(subject) === null && members.size >= MAX_MEMBERS)
    return answer(409, { error: `a document has at most ${MAX_MEMBERS} members` })
  if (members.wordOf(subject) !== word.output) {
    members.set(subject, word.output, by === "admin" ? `admin: ${who}` : who, now())
    changed(subject, word.output)
  }
  return answer(200, { subject, word: word.output })
}

const answer = (status: number, body: object): AdminAnswer => ({ status, body: JSON.stringify(body) })
