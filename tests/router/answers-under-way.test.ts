import { expect, test } from "vitest"
import { AnswersUnderWay } from "../../extension/router/answers-under-way.ts"

test("[ROU-36] a page counts as on its way until the last of its answers came or failed, and had its time to be shown", async () => {
  let now = 1000
  const under = new AnswersUnderWay(() => now)
  const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()]
  under.add("x", first.promise)
  under.add("x", second.promise)
  expect([under.has("x"), under.has("y")]).toEqual([true, false])
  first.resolve("page")
  await first.promise
  now += 60_000
  expect(under.has("x")).toBe(true)
  second.reject(new Error("gone"))
  await expect(second.promise).rejects.toThrow("gone")
  now += 4999
  expect(under.has("x")).toBe(true)
  now += 1
  expect(under.has("x")).toBe(false)
})
