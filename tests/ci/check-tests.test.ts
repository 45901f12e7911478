import { expect, test } from "vitest"
import { misplaced, projectsOf, unshown } from "../../.ci/check-tests.ts"

test("[TOOL-4] every kind of test belongs to one project", () => {
  expect(projectsOf("tests/shared/policy/match.test.ts")).toEqual(["unit"])
  expect(projectsOf("tests/convergence/merge.test.ts")).toEqual(["unit"])
  expect(projectsOf("tests/edge/document/log.test.ts")).toEqual(["edge"])
  expect(projectsOf("tests/contract/schedule.test.ts")).toEqual(["contract"])
  expect(projectsOf("tests/browser/story.test.ts")).toEqual(["browser"])
  expect(projectsOf("tests/browser/rest.test.ts")).toEqual(["waiting"])
})

test("[TOOL-4] a test file that no project runs is reported", () => {
  expect(misplaced(["shared/policy/match.test.ts", "tests/edge/a.spec.ts"])).toEqual([
    "shared/policy/match.test.ts: no vitest project runs it",
    "tests/edge/a.spec.ts: no vitest project runs it"
  ])
})

test("[TOOL-9] a fault that no test is named after is reported", () => {
  const sources = ['test("[F31] one", run)', 'test("[APP-1][F32] another", run)', 'test.each([["F34", "a third"]])']
  expect(unshown([31, 32, 33, 34], sources)).toEqual(["no test is named after fault F33"])
})
