import { expect, test } from "vitest"
import { standingIn } from "../../shared/app/membership.ts"
import { documentsOf, readService, resolveDocument } from "../../shared/app/service.ts"
import { service } from "../../examples/schedule/service.ts"

const documentOf = (path: string, user = "ada") => {
  const found = resolveDocument(service, path, user)
  return found.ok ? found.value : undefined
}

test.each([
  ["/calendar/", "schedule/user/ada"],
  ["/calendar", "schedule/user/ada"],
  ["/calendar/search/", "schedule/user/ada"],
  ["/calendar/team/", "schedule/user/ada"],
  ["/calendar/team/red/", "schedule/team/red"],
  ["/calendar/team/red", "schedule/team/red"],
  ["/calendar/team/red/api/events/1", "schedule/team/red"],
  ["/calendar//team/./red/", "schedule/team/red"],
  ["/calendar/te%61m/r%65d/", "schedule/team/red"],
  ["/calendar/team/a%20b@c/", "schedule/team/a%20b%40c"],
  ["/calendar/user/bob/", "schedule/user/ada"]
])("[APP-1] %s is about %s", (path, document) => {
  expect(documentOf(path)).toBe(document)
})

test.each([
  "/mail/",
  "/calendarx/",
  "/_locum/sync/x",
  "/.well-known/locum.json",
  "/calendar/..",
  "/calendar/team/a%2fb/"
])("[APP-1] %s is about no document", (path) => {
  expect(documentOf(path)).toBeUndefined()
})

test("[APP-12] :user is the signed-in identity, percent-encoded, whatever the path says", () => {
  expect(documentOf("/calendar/", "auth0|a/b")).toBe("schedule/user/auth0%7Ca%2Fb")
  expect(documentOf("/calendar/", "")).toBeUndefined()
  expect(documentOf("/calendar/", "..")).toBeUndefined()
})

test("[APP-13] people open their own document and those of their groups, nobody else's", () => {
  const ada = { id: "ada", groups: ["red", "blue/green"] }
  expect([...documentsOf(service, ada)]).toEqual([
    ["schedule/team/red", "group"],
    ["schedule/team/blue%2Fgreen", "group"],
    ["schedule/user/ada", "own"]
  ])
  expect(standingIn(service, "schedule/user/ada", ada)).toBe("owner")
  expect(standingIn(service, "schedule/team/red", ada)).toBe("editor")
  expect(standingIn(service, "schedule/team/gold", ada)).toBeNull()
  expect(standingIn(service, "schedule/user/bob", ada)).toBeNull()
  expect(standingIn(service, "mail/user/ada", ada)).toBeNull()
})

const shared = { members: "groups" as const }
const withRules = (...documents: object[]) => readService({ name: "s", mount: "/s/", documents, signOut: [] })

test("[APP-11] from the left, a literal wins over a parameter and a parameter over the rest", () => {
  const read = withRules(
    { path: "/s/*", document: "user/:user" },
    { path: "/s/:a/x", document: "one/:a", ...shared },
    { path: "/s/b/:c", document: "two/:c", ...shared },
    { path: "/s/b/x", document: "board/main", ...shared }
  )
  if (!read.ok) throw new Error(read.error)
  const of = (path: string) => resolveDocument(read.value, path, "ada")
  expect(of("/s/a/x")).toEqual({ ok: true, value: "s/one/a" })
  expect(of("/s/b/y")).toEqual({ ok: true, value: "s/two/y" })
  expect(of("/s/b/x")).toEqual({ ok: true, value: "s/board/main" })
  expect(of("/s/a/y")).toEqual({ ok: true, value: "s/user/ada" })
})

test.each<[reason: string, ...rules: object[]]>([
  ["ties", { path: "/s/:a/*", document: "one/:a", ...shared }, { path: "/s/:b/*", document: "two/:b", ...shared }],
  ["must lie under /s/", { path: "/t/*", document: "user/:user" }],
  ["must not take :user", { path: "/s/:user/*", document: "one/:user", ...shared }],
  ["must be left out for :user", { path: "/s/*", document: "user/:user", ...shared }],
  ["must say who may open", { path: "/s/:a/*", document: "one/:a" }],
  ["does not have", { path: "/s/:a/*", document: "one/:b", ...shared }],
  ["normalised", { path: "/s//x/*", document: "user/:user" }],
  ["normalised", { path: "/s/%41/*", document: "user/:user" }],
  ["malformed parameter", { path: "/s/a*/b", document: "user/:user" }],
  ["malformed parameter", { path: "/s/*/b", document: "user/:user" }],
  ["must be <kind>/", { path: "/s/*", document: "user" }],
  ["strange", { path: "/s/*", document: "user/:user", strange: 1 }]
])("[APP-11] a service is refused when a rule %s", (reason, ...rules) => {
  const read = withRules(...rules)
  expect(read).toMatchObject({ ok: false, error: expect.stringContaining(reason) })
})

test("[APP-11] a service is refused over the control plane and without rules", () => {
  const rule = { path: "/_locum/x/*", document: "user/:user" }
  expect(readService({ name: "s", mount: "/_locum/x/", documents: [rule], signOut: [] }).ok).toBe(false)
  expect(withRules().ok).toBe(false)
  expect(readService(null).ok).toBe(false)
})
