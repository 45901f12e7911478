import { expect, test } from "vitest"
import { readMaintenanceRequest } from "../../shared/maintenance/request.ts"

const request = {
  service: "schedule",
  urls: ["/calendar/search/*"],
  order: ["server", "client"],
  release: "schedule@2.0.0"
}
const errorOf = (over: object): string => {
  const read = readMaintenanceRequest(JSON.stringify({ ...request, ...over }))
  return read.ok ? "accepted" : read.error
}

test("[MNT-1] reads the request of fig. 10 and fills in what it leaves out", () => {
  expect(readMaintenanceRequest(JSON.stringify({ ...request, waves: [0.05, 0.25, 1], deadline: "10m" }))).toEqual({
    ok: true,
    value: { ...request, sync: true, waves: [0.05, 0.25, 1], resume: "manual", deadline: 600_000, onDeadline: "abort" }
  })
})

test.for<[string, object, RegExp]>([
  ["no URL", { urls: [] }, /^urls: /],
  ["a URL over the control plane", { urls: ["/_locum/*"] }, /^urls\.0: .*control plane/],
  ["an empty order", { order: [] }, /^order: /],
  ["an unknown side", { order: ["cloud"] }, /^order\.0: /],
  ["a bad release", { release: "schedule" }, /^release: .*<name>@<semver>/],
  ["a deadline of no length", { deadline: "0s" }, /^deadline: /],
  ["URLs of which one lies under another", { urls: ["/calendar/*", "/calendar/search/*"] }, /^urls: must not overlap/],
  ["a resume that is no version", { resume: "soon" }, /^resume: must be "manual" or a version/],
  ["waves that fall", { waves: [0.5, 0.25, 1] }, /^waves: must rise/],
  ["waves that leave clients out", { waves: [0.5] }, /^waves: must end with 1/],
  ["an unknown field", { wave: [1] }, /wave/]
])("[MNT-1] refuses %s, naming the field", ([, over, expected]) => {
  expect(errorOf(over)).toMatch(expected)
})

test("[MNT-9] [MNT-10] [MNT-11] takes every order, without sync, and a version that resumes", () => {
  for (const order of [["client", "server"], ["server"], ["client"]]) expect(errorOf({ order })).toBe("accepted")
  expect(errorOf({ sync: false })).toBe("accepted")
  expect(errorOf({ resume: "2.0.0" })).toBe("accepted")
})

test("[MNT-1] refuses what is not JSON", () => {
  expect(readMaintenanceRequest("{")).toMatchObject({ ok: false })
})
