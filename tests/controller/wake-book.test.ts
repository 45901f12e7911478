import { expect, test } from "vitest"
import { WakeBook } from "../../edge/controller/wake-book.ts"

test("[CTL-8] the alarm stands at the earliest time that anybody wants, and is taken off when nobody does", async () => {
  const set: (number | null)[] = []
  const book = new WakeBook((at) => Promise.resolve(void set.push(at)))
  await book.set("maintenance", 200)
  await book.set("watch", 100)
  await book.set("watch", null)
  await book.set("maintenance", null)
  expect(set).toEqual([200, 100, 200, null])
})
