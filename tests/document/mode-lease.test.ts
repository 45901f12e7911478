import { expect, test } from "vitest"
import { isClosedFor, ModeLease } from "../../edge/document/mode-lease.ts"
import type { Lease } from "../../edge/platform/objects.ts"

/** The one table that a lease uses, in memory. */
const memory = () => {
  const rows = new Map<string, string>()
  const exec = (query: string, name: string, value: string) => {
    if (query.startsWith("INSERT")) rows.set(name, value)
    const row = rows.get(name)
    return { toArray: () => (row === undefined ? [] : [{ value: row }]) }
  }
  // The storage's cursors do much more; the lease reads rows and writes them.
  return { sql: { exec }, transactionSync: <T>(run: () => T): T => run() } as unknown as ConstructorParameters<
    typeof ModeLease
  >[0]["storage"]
}

const makeLease = (storage = memory()) => {
  const world = { now: 1000, answer: { mode: "open", serial: 0, until: 0 } as Lease, isAway: false, asked: 0 }
  const lease = new ModeLease({
    storage,
    now: () => world.now,
    logProblem: () => undefined,
    ask: async () => {
      world.asked++
      if (world.isAway) throw new Error("no shard")
      return { ...world.answer, until: world.now + 5000 }
    }
  })
  return { lease, world, storage }
}

test("[MOD-3] asks once for a lease, and again only in its second half, without waiting", async () => {
  const { lease, world } = makeLease()
  expect(await lease.current()).toEqual({ mode: "open", serial: 0 })
  world.now += 2000
  expect(lease.current()).toEqual({ mode: "open", serial: 0 })
  expect(world.asked).toBe(1)
  world.now += 1000
  expect(lease.current()).toEqual({ mode: "open", serial: 0 })
  expect(world.asked).toBe(2)
})

test("[MOD-1] a recalled lease closes at once, and an older answer that comes late does not open again", async () => {
  const { lease, world } = makeLease()
  await lease.current()
  lease.take({ mode: "closed", serial: 7 }, world.now + 5000)
  expect(await lease.current()).toEqual({ mode: "closed", serial: 7 })
  lease.take({ mode: "open", serial: 6 }, world.now + 5000)
  world.answer = { mode: "open", serial: 6, until: 0 }
  world.now += 6000
  expect(await lease.current()).toEqual({ mode: "closed", serial: 7 })
})

test("[MOD-2] [MOD-3] [F13] the last known mode survives a restart and holds when nobody can be asked", async () => {
  const { lease, world, storage } = makeLease()
  lease.take({ mode: "closed", serial: 7 }, world.now + 5000)
  const again = makeLease(storage)
  again.world.isAway = true
  expect(await again.lease.current()).toEqual({ mode: "closed", serial: 7 })
})

test("[MOD-6] a closed part is closed, and nothing else; it survives a restart", () => {
  const part = { mode: "closed", serial: 5, urls: ["/calendar/search/*"] } as const
  expect([isClosedFor(part, "/calendar/search/"), isClosedFor(part, "/calendar/")]).toEqual([true, false])
  expect(isClosedFor({ mode: "closed", serial: 5 }, "/calendar/")).toBe(true)
  expect(isClosedFor({ ...part, mode: "open" }, "/calendar/search/")).toBe(false)
  const { lease, world, storage } = makeLease()
  lease.take(part, world.now + 5000)
  const restarted = makeLease(storage)
  restarted.world.isAway = true
  return expect(Promise.resolve(restarted.lease.current())).resolves.toEqual(part)
})
