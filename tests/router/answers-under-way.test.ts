import { expect, test } from "vitest"
import { AnswersUnderWay } from "../../extension/router/answers-under-way.ts"

test("[ROU-36] a page counts as being answered until the last of its answers came or failed", async () => {
  const under = new AnswersUnderWay()
  const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()]
  under.add("x", first.promise)
  under.add("x", second.promise)
  expect([under.has("x"), under.has("y")]).toEqual([true, false])
  first.resolve("page")
  await first.promise
  expect(under.has("x")).toBe(true)
  second.reject(new Error("gone"))
  await expect(second.promise).rejects.toThrow("gone")
  expect(under.has("x")).toBe(false)
})
