import { expect, test } from "vitest"
import { cameBackWorse } from "../../shared/maintenance/came-back-worse.ts"

const answered = (requests: number, errors: number, meanMs = 20) => ({ requests, errors, waitedMs: requests * meanMs })

test.each([
  ["half of them fail", answered(100, 1), answered(20, 10), "50 % of 20 requests fail; before it went, 1 % did"],
  ["nothing is known of before", null, answered(10, 1), "10 % of 10 requests fail; before it went, 0 % did"],
  ["too little is known of before", answered(3, 3), answered(10, 2), "20 % of 10 requests fail"],
  ["all run into a time limit", answered(100, 0), answered(12, 12, 10_000), "100 % of 12 requests fail"],
  ["they take long", answered(100, 0, 300), answered(10, 0, 1200), "10 requests take 1200 ms in the mean"]
])("[MNT-17] worse: %s", (_, before, after, text) => {
  expect(cameBackWorse(before, after)).toContain(text)
})

test.each([
  ["too few came", answered(100, 0), answered(9, 9)],
  ["few fail", answered(100, 0), answered(100, 9)],
  ["as many failed before", answered(100, 10), answered(100, 20)],
  ["they were slow before", answered(100, 0, 1000), answered(100, 0, 3000)],
  ["slower, and still fast", answered(100, 0, 5), answered(100, 0, 900)],
  ["slow, and nothing is known of before", null, answered(100, 0, 5000)]
])("[MNT-17] not worse: %s", (_, before, after) => {
  expect(cameBackWorse(before, after)).toBe(null)
})
