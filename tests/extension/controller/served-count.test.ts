import { expect, test } from "vitest"
import { ServedCount } from "../../../extension/controller/served-count.ts"
import { MAX_SERVED_COUNTS } from "../../../shared/protocol/control-up.ts"

const stage = () => {
  const told: unknown[] = []
  const due: (() => void)[] = []
  const state = { now: 1_000_000, isOpen: true }
  const served = new ServedCount({
    now: () => state.now,
    after: (_, act) => void due.push(act),
    isOpen: () => state.isOpen,
    send: ({ counts }) => void told.push(counts)
  })
  return { told, due, state, served }
}

test("[CON-25] answers are gathered and told together, each under the time in which it was given", () => {
  const { told, due, state, served } = stage()
  served.add()
  served.add()
  state.now += 10_000
  served.add()
  expect(due.length).toBe(1)
  due.splice(0).forEach((act) => act())
  expect(told).toEqual([
    [
      { at: 1_000_000, requests: 2 },
      { at: 1_010_000, requests: 1 }
    ]
  ])
})

test("[CON-25] what was counted while nobody heard it is told afterwards, an hour of it at most", () => {
  const { told, due, state, served } = stage()
  state.isOpen = false
  for (let step = 0; step < MAX_SERVED_COUNTS + 5; step++) {
    served.add()
    state.now += 10_000
    due.splice(0).forEach((act) => act())
  }
  expect(told).toEqual([])
  state.isOpen = true
  served.tell()
  served.tell()
  expect(told).toHaveLength(1)
  expect(told[0]).toHaveLength(MAX_SERVED_COUNTS)
})
