import fc from "fast-check"
import { expect, test } from "vitest"
import { SwitchDriver, type DriverPorts, type SwitchReport } from "../../extension/controller/switch-driver.ts"
import type { Refusal } from "../../shared/protocol/control-up.ts"
import { sameSides, type RoutingTable, type Sides } from "../../shared/switchover/routes.ts"
import { HOLD_LIMIT_MS, initialSwitchState, type Target } from "../../shared/switchover/transition.ts"
import { ManualClock, settle } from "../support/manual-clock.ts"
import { seed } from "../support/seed.ts"

const here: Sides = [{ match: "/calendar/*", side: "client" }]
const there: Sides = [{ match: "/calendar/*", side: "server" }]
const target = (serial: number, sides: Sides, sync: Target["sync"] = "both"): Target => ({ serial, sides, sync })
const never = new Promise<never>(() => undefined)

/** A driver on ports that work, unless a test changes them; `log` has what happened in its order. */
const drive = (changes: Partial<DriverPorts> = {}, start = initialSwitchState(1, there)) => {
  const clock = new ManualClock()
  const log: string[] = []
  const reports: SwitchReport[] = []
  const refusals: Refusal[] = []
  let epoch = 10
  const modesOf = ({ routes }: RoutingTable): string => routes.map(({ mode }) => mode).join()
  const ok = (what: string) => (): Promise<{ ok: true }> => {
    log.push(what)
    return Promise.resolve({ ok: true })
  }
  const ports: DriverPorts = {
    place: { service: "schedule", origin: "http://www.sample.com", mount: "/calendar/" },
    now: clock.now,
    after: clock.after,
    nextEpoch: () => Promise.resolve(++epoch),
    apply: (table) => {
      log.push(`apply ${modesOf(table)}`)
      return Promise.resolve({ held: 3, longestHoldMs: 40 })
    },
    rollCall: () => Promise.resolve(),
    drained: () => {
      log.push("drained")
      return Promise.resolve([])
    },
    prepare: ok("prepare"),
    sync: ok("sync"),
    checkpoint: ok("checkpoint"),
    storeSides: (serial, sides) => Promise.resolve(void log.push(`store ${serial} ${sides[0]?.side}`)),
    onSwitched: (report) => reports.push(report),
    onRefused: (_serial, refusal) => refusals.push(refusal),
    logError: () => undefined,
    ...changes
  }
  const driver = new SwitchDriver(ports, start)
  return { driver, clock, log, reports, refusals }
}

test("[SWI-3] [SWI-4] [SWI-5] [CON-7] a switch goes step by step, and stores the sides before a route leads there", async () => {
  const { driver, log, reports } = drive()
  driver.aim(target(2, here))
  await driver.idle()
  const steps = ["prepare", "apply hold", "drained", "sync", "checkpoint", "store 2 client", "apply client"]
  expect(log).toEqual(steps)
  expect(reports).toMatchObject([{ serial: 2, sides: here, held: 3, longestHoldMs: 40 }])
  expect(driver.settledSerial).toBe(2)
  expect(driver.table).toMatchObject({ serial: 2, epoch: 12 })
})

test("[SWI-11] what is in force already, or aimed at, moves nothing", async () => {
  const { driver, log, reports } = drive()
  driver.aim(target(1, there))
  expect(log).toEqual([])
  driver.aim(target(2, here))
  driver.aim(target(2, here))
  await driver.idle()
  expect(log.filter((entry) => entry === "prepare")).toHaveLength(1)
  driver.aim(target(3, here))
  await driver.idle()
  expect(reports.map(({ serial }) => serial)).toEqual([2, 3])
  expect(log.slice(-2)).toEqual(["store 3 client", "apply client"])
})

test("[SWI-7] a hold whose requests never end is given up, and the routes lead back", async () => {
  const { driver, clock, log, refusals } = drive({ drained: () => never })
  driver.aim(target(2, here))
  await clock.advance(HOLD_LIMIT_MS)
  await driver.idle()
  expect(log.slice(-2)).toEqual(["apply hold", "apply server"])
  expect(refusals).toMatchObject([{ kind: "timeout" }])
  expect(driver.settledSerial).toBe(1)
})

test("[SWI-13] writes that do not end are named in the refusal, and the routes lead back", async () => {
  const { driver, log, refusals } = drive({ drained: () => Promise.resolve(["POST /calendar/events (a page)"]) })
  driver.aim(target(2, here))
  await driver.idle()
  expect(log.slice(-2)).toEqual(["apply hold", "apply server"])
  expect(refusals).toEqual([{ kind: "timeout", text: "writes do not end: POST /calendar/events (a page)" }])
})

test("[ROU-24] nothing is held before the roll call is over", async () => {
  const rollCall = Promise.withResolvers<void>()
  const { driver, log } = drive({ rollCall: () => rollCall.promise })
  driver.aim(target(2, here))
  await settle()
  expect(log).toEqual(["prepare"])
  rollCall.resolve()
  await driver.idle()
  expect(log.at(-1)).toBe("apply client")
})

test("[SWI-12] without the edge nobody waits for what is at the server", async () => {
  const { driver, log } = drive({ drained: () => never })
  driver.aim(target(2, here, "none"))
  await driver.idle()
  expect(log).toEqual(["prepare", "apply hold", "checkpoint", "store 2 client", "apply client"])
})

test("[CON-8] a move that needs the edge is given up when the edge is lost, and the next one does without", async () => {
  const { driver, log, refusals } = drive({ sync: () => never })
  driver.aim(target(2, here))
  await settle()
  driver.edgeLost("gone")
  driver.aim(target(2, here, "none"))
  await driver.idle()
  expect(refusals).toMatchObject([{ kind: "network" }])
  expect(log.slice(-2)).toEqual(["store 2 client", "apply client"])
})

test("[F16] rules that cannot be set leave the table before in force", async () => {
  let fails = true
  const { driver, clock, refusals } = drive({
    apply: () => (fails ? Promise.reject(new Error("no rules")) : Promise.resolve({ held: 0, longestHoldMs: 0 }))
  })
  driver.aim(target(2, here))
  await settle()
  fails = false
  await clock.advance(1000)
  expect(refusals).toEqual([{ kind: "routes", text: "no rules" }])
  expect(driver.sides).toEqual(there)
})

test("[F16] [F39] sides that cannot be stored are not put in force", async () => {
  let calls = 0
  const { driver, log, refusals } = drive({
    storeSides: () => (++calls === 1 ? Promise.reject(new Error("disk full")) : Promise.resolve())
  })
  driver.aim(target(2, here))
  await driver.idle()
  expect(log).not.toContain("apply client")
  expect(log.at(-1)).toBe("apply server")
  expect(refusals).toEqual([{ kind: "routes", text: "disk full" }])
})

test("[CON-9] [F17] a new life begins with what is stored, whatever was in force", async () => {
  const { driver, log } = drive({}, initialSwitchState(7, here))
  driver.enforce()
  await driver.idle()
  expect(log).toEqual(["apply client"])
  expect(driver.table).toMatchObject({ serial: 7, routes: [{ mode: "client" }] })
})

test("[SWI-8] a step that fails is refused with its reason", async () => {
  const refusal = { kind: "schema", text: "too new" } as const
  const { driver, log, refusals } = drive({ prepare: () => Promise.resolve({ ok: false, refusal }) })
  driver.aim(target(2, here))
  await driver.idle()
  expect(log).toEqual([])
  expect(refusals).toEqual([refusal])
})

test("[SWI-14] [F16] routes that cannot be led back are tried again until they are: a hold is never left", async () => {
  let failures = 0
  let applied = ""
  const { driver, clock } = drive({
    sync: () => Promise.reject(new Error("no")),
    apply: ({ routes }) => {
      const modes = routes.map(({ mode }) => mode).join()
      if (modes !== "hold" && ++failures <= 20) return Promise.reject(new Error("no rules"))
      applied = modes
      return Promise.resolve({ held: 0, longestHoldMs: 0 })
    }
  })
  driver.aim(target(2, here))
  await settle()
  expect(applied).toBe("hold")
  await clock.advance(30_000)
  await driver.idle()
  expect(applied).toBe("server")
})

test("[SWI-1] [SWI-5] [CON-7] whatever fails, and wherever the process dies: no hold is left, and stored sides are never behind the routes", async () => {
  const outcome = fc.constantFrom("works", "fails", "refuses")
  const plan = fc.record({
    aims: fc.array(
      fc.record({ sides: fc.constantFrom(here, there), sync: fc.constantFrom("both" as const, "none" as const) }),
      { minLength: 1, maxLength: 5 }
    ),
    outcomes: fc.array(outcome, { minLength: 40, maxLength: 40 }),
    lost: fc.boolean()
  })
  await fc.assert(
    fc.asyncProperty(plan, async ({ aims, outcomes, lost }) => {
      let turn = 0
      const next = (): string => outcomes[turn++ % outcomes.length] ?? "works"
      let stored = there
      let applied: RoutingTable["routes"] = []
      const step = async (): Promise<{ ok: true } | { ok: false; refusal: Refusal }> => {
        const how = next()
        if (how === "fails") throw new Error("bug")
        return how === "works" ? { ok: true } : { ok: false, refusal: { kind: "sync-failed", text: "no" } }
      }
      const { driver, clock } = drive({
        prepare: step,
        sync: step,
        checkpoint: step,
        storeSides: async (_serial, sides) => {
          if (next() === "fails" && turn < 30) throw new Error("disk")
          stored = sides
        },
        apply: async ({ routes }) => {
          if (next() === "fails" && turn < 30) throw new Error("rules")
          for (const { match, mode } of routes)
            if (mode === "client") expect(sameSides([{ match, side: "client" }], stored)).toBe(true)
          applied = routes
          return { held: 0, longestHoldMs: 0 }
        }
      })
      for (const [index, { sides, sync }] of aims.entries()) {
        driver.aim(target(index + 2, sides, sync))
        await settle()
        if (lost) driver.edgeLost("gone")
      }
      await clock.advance(HOLD_LIMIT_MS * 10)
      await driver.idle()
      expect(applied.some(({ mode }) => mode === "hold")).toBe(false)
    }),
    { seed: seed(), numRuns: 40 }
  )
})
