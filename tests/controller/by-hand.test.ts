import { expect, test } from "vitest"
import { badgeOf } from "../../extension/controller/badge-of.ts"
import { ManualClock } from "../support/manual-clock.ts"
import { readyService, startService } from "../support/fake-service.ts"

/** A client that is ready to stand in, and what it does by hand. */
const ready = async () => {
  const service = await readyService()
  const act = async (what: Parameters<typeof service.controller.onAct>[0]) => {
    const reply = service.controller.onAct(what)
    await service.clock.advance(200)
    return reply
  }
  return { act, ...service }
}

test("[CON-20] a person has this browser serve, and gives it back to the service's own rules", async () => {
  const { act, controller, edge, mode } = await ready()
  expect(controller.status()).toMatchObject({ side: "server", wish: null, moveObstacle: null })
  expect(await act("client")).toEqual({ ok: true, text: "This browser answers now." })
  expect(mode()).toBe("client")
  expect(controller.status()).toMatchObject({ side: "client", wish: "client", reason: "You chose it here." })
  expect(edge.said("acknowledge").at(-1)).toMatchObject({ serial: 7, side: "client" })
  expect(await act("policy")).toEqual({ ok: true, text: "The server answers now." })
  expect(mode()).toBe("server")
  expect(controller.status()).toMatchObject({ side: "server", wish: null })
})

test("[CON-20] a wish outlives the death of everything", async () => {
  const { act, disk, die, edge } = await ready()
  await act("client")
  die()
  const next = await startService(edge, disk, new ManualClock())
  await next.clock.advance(2000)
  expect(next.mode()).toBe("client")
  expect(next.controller.status().wish).toBe("client")
})

test("[CON-20] [POL-18] what the policy does not allow is refused, nothing is stored, and a maintenance has its way", async () => {
  const { act, clock, controller, edge, mode } = await ready()
  await edge.distribute({ rules: [{ match: "/calendar/*", serve: "server" }] })
  await clock.advance(100)
  expect(await act("client")).toEqual({ ok: false, error: "The service does not let this browser answer." })
  expect(controller.status()).toMatchObject({
    wish: null,
    moveObstacle: "The service does not let this browser answer."
  })
  await edge.distribute({
    rules: [{ match: "/calendar/*", serve: "server", unless: [{ if: { network: "offline" }, serve: "client" }] }]
  })
  await clock.advance(100)
  expect((await act("client")).ok).toBe(true)
  await edge.distribute({ temporary: "m1", rules: [{ match: "/calendar/*", serve: "server" }] })
  await clock.advance(100)
  expect(mode()).toBe("server")
  expect(await act("client")).toMatchObject({ ok: false, error: expect.stringContaining("being maintained") })
})

test("[CON-20] a takeover by hand that does not come about says why, and is tried again", async () => {
  const { act, clock, controller, mode, platform } = await ready()
  platform.refusal = { kind: "release-failed", text: "schedule@1.0.0 does not start" }
  expect(await act("client")).toEqual({
    ok: false,
    error: "Not yet: schedule@1.0.0 does not start. It is tried again without you."
  })
  expect(controller.status().trouble).toMatchObject({ kind: "release-failed" })
  platform.refusal = null
  await clock.advance(5000)
  expect(mode()).toBe("client")
  expect(controller.status().trouble).toBeNull()
})

test("[CON-21] sync now says whether everything is on both sides", async () => {
  const { act, edge, platform } = await ready()
  expect(await act("sync")).toEqual({ ok: true, text: "Everything is on the server and here." })
  expect(platform.calls.at(-1)).toBe("sync")
  edge.isUp = false
  expect(await act("sync")).toMatchObject({ ok: false, error: expect.stringContaining("Not yet: no edge") })
})

test("[CON-22] the toolbar says the side and what is not on the server", () => {
  const server = { service: "schedule", side: "server", unsent: 0 } as const
  expect(badgeOf([])).toEqual({ side: "server", text: "", title: "Locum" })
  expect(badgeOf([server])).toEqual({ side: "server", text: "", title: "Locum: the server answers" })
  expect(badgeOf([{ ...server, side: "client" }])).toMatchObject({ side: "client", text: "●" })
  expect(badgeOf([server, { ...server, service: "mail", side: "client", unsent: 1 }])).toEqual({
    side: "client",
    text: "1",
    title: "Locum: this browser answers mail; 1 change is not on the server yet"
  })
  expect(badgeOf([{ ...server, unsent: 100 }])).toMatchObject({ side: "server", text: "99+" })
})
