import { expect, test } from "vitest"
import { closedAnswer } from "../../edge/router/plain-answers.ts"
import { RequestMeter } from "../../edge/environment/request-meter.ts"
import { TRAFFIC_WINDOW_MS, TrafficBook } from "../../edge/environment/traffic-book.ts"
import { loadOf } from "../../shared/environment/server-load.ts"

const traffic = { requestsPerSecond: 50, inFlight: 4, waitMs: 100, errorShare: 0.01 }

test("[ENV-7] the load is the highest of what is used of the capacity, and never above 1", () => {
  expect(loadOf(traffic, { requestsPerSecond: 100 }, null, 0)).toBe(0.5)
  expect(loadOf(traffic, { requestsPerSecond: 100, inFlight: 5 }, null, 0)).toBe(0.8)
  expect(loadOf(traffic, { requestsPerSecond: 10 }, null, 0)).toBe(1)
  expect(loadOf({ ...traffic, waitMs: null, errorShare: null }, { waitMs: 10 }, null, 0)).toBe(0)
})

test("[ENV-1] [ENV-8] unknown without traffic, capacity and report; a report counts while it says", () => {
  expect(loadOf(null, { requestsPerSecond: 10 }, null, 0)).toBe(null)
  expect(loadOf(traffic, null, null, 0)).toBe(null)
  const reported = { load: 0.7, from: "cpu", until: 100 }
  expect(loadOf(null, null, reported, 99)).toBe(0.7)
  expect(loadOf(null, null, reported, 100)).toBe(null)
  expect(loadOf(traffic, { requestsPerSecond: 100 }, reported, 0)).toBe(0.7)
})

const count = (over: object = {}) => ({ ms: 2500, requests: 10, errors: 1, waitedMs: 500, inFlight: 2, ...over })

test("[ENV-9] traffic of all documents is averaged over the window and fades when nobody asks any more", () => {
  const book = new TrafficBook()
  expect(book.traffic(0)).toBe(null)
  book.add(count(), 1000)
  book.add(count({ inFlight: 5 }), 2000)
  expect(book.traffic(2000)).toEqual({ requestsPerSecond: 2, inFlight: 5, waitMs: 50, errorShare: 0.1 })
  expect(book.traffic(2000 + TRAFFIC_WINDOW_MS)).toEqual({
    requestsPerSecond: 0,
    inFlight: 0,
    waitMs: null,
    errorShare: null
  })
})

test("[ENV-7] a document counts its requests, who asked, what failed, and begins anew with each look", async () => {
  let now = 0
  const meter = new RequestMeter(() => now)
  const answer = (status: number, ms: number) => async () => {
    now += ms
    return new Response(null, { status })
  }
  await Promise.all([meter.count("ann", answer(200, 30)), meter.count("bob", answer(503, 10))])
  await expect(meter.count("ann", () => Promise.reject(new Error("gone")))).rejects.toThrow("gone")
  expect(meter.take()).toEqual({
    ms: 40,
    requests: 3,
    errors: 2,
    waitedMs: 50,
    inFlight: 2,
    subjects: ["ann", "bob"]
  })
  expect(meter.take()).toMatchObject({ ms: 0, requests: 0, errors: 0, subjects: [] })
})

test("[ENV-9] counts that come close together are kept as one, whatever their number", () => {
  const book = new TrafficBook()
  for (let at = 0; at < 150; at++) book.add(count({ inFlight: at }), at)
  expect(book.answered(150)).toEqual({ requests: 1500, errors: 150, waitedMs: 75_000 })
  expect(book.traffic(150)).toMatchObject({ requestsPerSecond: 150, inFlight: 149, errorShare: 0.1 })
  expect(book.answered(TRAFFIC_WINDOW_MS).requests).toBe(0)
})

test("[MNT-17] a closed service's answer is no request, but who asked is counted", async () => {
  const meter = new RequestMeter(() => 0)
  await meter.count("ann", async () => closedAnswer(7))
  expect(meter.take()).toMatchObject({ requests: 0, errors: 0, subjects: ["ann"] })
})
