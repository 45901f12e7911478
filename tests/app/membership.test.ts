import { expect, test } from "vitest"
import { documentRoles, hasMembers, mayWrite, roleOf } from "../../shared/app/membership.ts"
import { service } from "../../examples/schedule/service.ts"
import type { MemberWord, Role } from "../../shared/protocol/roles.ts"

test.each<[standing: Role | null, word: MemberWord | null, role: Role | null]>([
  ["editor", null, "editor"],
  ["editor", "reader", "reader"],
  ["editor", "owner", "owner"],
  ["editor", "removed", null],
  [null, "editor", "editor"],
  [null, "removed", null],
  [null, null, null]
])("[APP-14] by group %s, by word %s: %s", (standing, word, role) => {
  expect(roleOf(standing, word)).toBe(role)
})

test("[APP-14] readers and strangers do not write", () => {
  expect((["owner", "editor", "reader", null] as const).map(mayWrite)).toEqual([true, true, false, false])
})

test("[APP-14] all documents of somebody: his own, his groups', and where he was invited; words count in shared ones only", () => {
  const words = new Map<string, MemberWord>([
    ["schedule/team/red", "removed"],
    ["schedule/team/gold", "reader"],
    ["schedule/user/ada", "removed"],
    ["schedule/user/bob", "owner"]
  ])
  expect(documentRoles(service, { id: "ada", groups: ["red", "blue"] }, words)).toEqual([
    { document: "schedule/team/blue", role: "editor" },
    { document: "schedule/user/ada", role: "owner" },
    { document: "schedule/team/gold", role: "reader" }
  ])
})

test.each([
  ["schedule/team/a%20b", true],
  ["schedule/team/a b", false],
  ["schedule/team/%61", false],
  ["schedule/team/%zz", false],
  ["schedule/team/..", false],
  ["schedule/team/", false],
  ["schedule/team/a/b", false],
  ["schedule/user/ada", false],
  ["mail/team/a", false]
])("[APP-14] %s has members: %s", (document, expected) => {
  expect(hasMembers(service, document)).toBe(expected)
})
