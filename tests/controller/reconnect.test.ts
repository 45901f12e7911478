import * as prng from "lib0/prng"
import { expect, test } from "vitest"
import { reconnectSlot } from "../../edge/controller/control-sockets.ts"
import { ControlLink } from "../../extension/controller/control-link.ts"
import type { TextSocket } from "../../extension/platform/text-socket.ts"
import { UNKNOWN_ENVIRONMENT } from "../../shared/environment/readings.ts"
import type { ControlDown } from "../../shared/protocol/control-down.ts"
import { seed } from "../support/seed.ts"

const SEED = seed()
const random = prng.create(SEED)

const ticketsCome = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve()
}

/** Alarms of thousands of clients, rung in their order; each client's answers come in the same turn. */
class Bell {
  at = 0
  #alarms: { at: number; run: () => void }[] = []

  readonly after = (ms: number, run: () => void): (() => void) => {
    const alarm = { at: this.at + ms, run }
    this.#alarms.push(alarm)
    return () => (alarm.run = () => undefined)
  }

  async ring(until: number): Promise<void> {
    for (;;) {
      const due = this.#alarms.filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)
      if (due.length === 0) break
      this.#alarms = this.#alarms.filter(({ at }) => at > until)
      for (const { at, run } of due) {
        this.at = at
        run()
        await ticketsCome()
      }
    }
    this.at = until
  }
}

/** Clients of one shard that is there until it is killed; the times of all attempts to connect. */
const crowd = async (clients: number, random: () => number) => {
  const bell = new Bell()
  const attempts: number[] = []
  const closers: (() => void)[] = []
  let isUp = true
  const open = (
    _ticket: string,
    handlers: { onOpen: () => void; onText: (text: string) => void; onClose: () => void }
  ): TextSocket => {
    attempts.push(bell.at)
    if (isUp) {
      closers.push(handlers.onClose)
      const welcome: ControlDown = { type: "welcome", protocol: 1, reconnect: reconnectSlot(clients) }
      bell.after(0, () => {
        handlers.onOpen()
        handlers.onText(JSON.stringify(welcome))
      })
    } else bell.after(0, handlers.onClose)
    return { send: () => undefined, close: () => undefined }
  }
  const links = Array.from({ length: clients }, (_, index) => {
    const link = new ControlLink({
      takeTicket: () => Promise.resolve("t"),
      open,
      hello: () => ({
        type: "hello",
        protocol: 1,
        client: String(index).padStart(32, "0"),
        service: "schedule",
        serial: 0,
        settled: 0,
        running: null,
        unsent: 0,
        environment: UNKNOWN_ENVIRONMENT
      }),
      after: bell.after,
      random,
      onUp: () => undefined,
      onDown: () => undefined,
      onMessage: () => undefined,
      tell: () => undefined
    })
    link.connect()
    return link
  })
  await ticketsCome()
  await bell.ring(1)
  const end = (up: boolean): void => {
    isUp = up
    attempts.length = 0
    for (const close of closers.splice(0)) close()
  }
  return { bell, links, attempts, end, comesBack: () => (isUp = true) }
}

/** The most attempts in any stretch of so many ms. */
const busiest = (attempts: readonly number[], ms: number): number => {
  const sorted = attempts.toSorted((a, b) => a - b)
  let [most, from] = [0, 0]
  for (const [index, at] of sorted.entries()) {
    while ((sorted[from] ?? at) < at - ms) from++
    most = Math.max(most, index - from + 1)
  }
  return most
}

test(`[F53] [CTL-12] 4000 sockets of a shard are lost at once: they come back at about 500 a second (seed ${SEED})`, async () => {
  const { bell, links, attempts, end } = await crowd(4000, () => prng.real53(random))
  end(true)
  await bell.ring(20_000)
  expect(links.every(({ isOpen }) => isOpen)).toBe(true)
  expect(attempts.length).toBe(4000)
  expect(Math.min(...attempts)).toBeGreaterThanOrEqual(200)
  expect(Math.max(...attempts)).toBeLessThanOrEqual(8201)
  process.stdout.write(
    `F53: 4000 sockets, busiest second ${busiest(attempts, 1000)} attempts, busiest 100 ms ${busiest(attempts, 100)}\n`
  )
  expect(busiest(attempts, 1000)).toBeLessThan(600)
  expect(busiest(attempts, 100)).toBeLessThan(100)
}, 60_000)

test(`[F53] the edge stays away for a minute: no two attempts of all fall together, and all are back soon (seed ${SEED})`, async () => {
  const { bell, links, attempts, end, comesBack } = await crowd(500, () => prng.real53(random))
  end(false)
  await bell.ring(60_000)
  // One attempt in 2.5 to 5 s each: 500 clients ask 133 times a second on average.
  const late = attempts.filter((at) => at > 20_000)
  process.stdout.write(`F53: 500 clients, edge away: busiest second ${busiest(late, 1000)} attempts\n`)
  expect(busiest(late, 1000)).toBeLessThan(220)
  comesBack()
  await bell.ring(65_001)
  expect(links.every(({ isOpen }) => isOpen)).toBe(true)
}, 60_000)

test("[CTL-12] a small shard comes back within a second", () => {
  expect(reconnectSlot(3)).toEqual({ afterMs: 200, spreadMs: 1000 })
  expect(reconnectSlot(30_000)).toEqual({ afterMs: 200, spreadMs: 60_000 })
})
