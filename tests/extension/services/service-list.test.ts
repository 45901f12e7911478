import { expect, test } from "vitest"
import { ServiceList } from "../../../extension/services/service-list.ts"

const pin = (service: string, origin = "https://www.example.com") => ({
  service,
  origin,
  mount: `/${service}/`,
  publisherKeys: [{ id: "0123456789abcdef", raw: `${"A".repeat(43)}=` }]
})

const list = () => {
  const state = {
    managed: undefined as unknown,
    added: undefined as unknown,
    extra: [] as unknown[],
    allowed: new Set<string>()
  }
  const errors: string[] = []
  const services = new ServiceList({
    packed: () => Promise.resolve([pin("schedule")]),
    managed: () => Promise.resolve(state.managed),
    loadAdded: () => Promise.resolve(state.added),
    storeAdded: (pins) => Promise.resolve(void (state.added = structuredClone(pins))),
    isAllowed: (origin) => Promise.resolve(state.allowed.has(origin)),
    extra: () => Promise.resolve(state.extra as ReturnType<typeof pin>[]),
    setExtra: (pins) => Promise.resolve(void (state.extra = structuredClone([...pins]))),
    logError: (what) => errors.push(what)
  })
  return { services, state, errors }
}

test("[CON-26] package, administrator and person, in this order; of a name that is there twice the first counts", async () => {
  const { services, state } = list()
  state.managed = [pin("mail"), pin("schedule", "https://other.example.com")]
  state.added = [pin("wiki"), pin("mail", "https://evil.example.com")]
  const listed = await services.all()
  expect(listed.map(({ pin: { service, origin }, source }) => [service, origin, source])).toEqual([
    ["schedule", "https://www.example.com", "packed"],
    ["mail", "https://www.example.com", "managed"],
    ["wiki", "https://www.example.com", "added"]
  ])
})

test("[CON-26] a service is in force when the browser allows its site, and no longer than that", async () => {
  const { services, state } = list()
  state.managed = [pin("mail")]
  expect(await services.refresh()).toBe(false)
  state.allowed.add("https://www.example.com")
  expect(await services.refresh()).toBe(true)
  expect(state.extra).toMatchObject([{ service: "mail" }])
  expect(await services.refresh()).toBe(false)
  state.allowed.clear()
  expect(await services.refresh()).toBe(true)
  expect(state.extra).toEqual([])
})

test("[CON-26] what the administrator wrote wrongly is said and changes nothing else", async () => {
  const { services, state, errors } = list()
  state.managed = [{ service: "Mail" }]
  expect((await services.all()).map(({ source }) => source)).toEqual(["packed"])
  expect(errors).toEqual(["the administrator's services"])
})

test("[CON-27] [CON-28] a person adds and removes; what came otherwise, and a name that is taken, stays", async () => {
  const { services, state } = list()
  expect(await services.add(pin("schedule", "https://evil.example.com"))).toMatchObject({ ok: false })
  expect(await services.add(pin("wiki"))).toMatchObject({ ok: true })
  // Asked again before the browser's permission was there: the newest counts.
  expect(await services.add(pin("wiki", "https://wiki.example.com"))).toMatchObject({ ok: true })
  state.allowed.add("https://wiki.example.com")
  expect(await services.add(pin("wiki", "https://evil.example.com"))).toMatchObject({ ok: false })
  expect(state.added).toMatchObject([{ origin: "https://wiki.example.com" }])
  expect(await services.remove("schedule")).toMatchObject({ ok: false })
  expect(await services.remove("wiki")).toMatchObject({ ok: true })
  expect(state.added).toEqual([])
})

test("[CON-29] a service of another name in the place of an earlier one counts for nothing, and is not added", async () => {
  const { services, state } = list()
  const rival = { ...pin("schedule2"), mount: "/schedule/" }
  expect(await services.add(rival)).toMatchObject({ ok: false, error: expect.stringContaining("schedule has these") })
  expect(await services.add({ ...rival, mount: "/" })).toMatchObject({ ok: false })
  expect(state.added).toBe(undefined)
  // Also one that was added before this rule, and one of an administrator; his own goes before the person's.
  state.added = [rival, { ...pin("notes"), mount: "/mail/in/" }]
  state.managed = [{ ...pin("all"), mount: "/" }, pin("mail")]
  state.allowed.add("https://www.example.com")
  expect((await services.all()).map(({ pin: { service } }) => service)).toEqual(["schedule", "mail"])
  await services.refresh()
  expect(state.extra).toMatchObject([{ service: "mail" }])
})
