import { env, evictDurableObject, reset, runInDurableObject } from "cloudflare:test"
import { beforeEach, expect, test } from "vitest"
import { admin, Client, newId, reach, serviceStatus, start, type View } from "./control-client.ts"
import { sessionOf, signIn } from "./support.ts"

beforeEach(() => reset())

const CONTROLLER = "schedule"
/** Counts come with the leases, every few seconds. */
const WITHIN_MS = 90_000
const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))

/** People go on asking until `done`; the statuses of what they were answered. */
const askUntil = async (cookie: string, done: () => Promise<boolean>): Promise<Set<number>> => {
  const statuses = new Set<number>()
  for (let asked = 0; !(await done()); asked++) {
    if (asked > 1000) throw new Error(`asked ${asked} times`)
    const answer = await serviceStatus(cookie)
    await answer.arrayBuffer() // an answer that nobody reads keeps its object from being evicted
    statuses.add(answer.status)
    await breathe()
  }
  return statuses
}

const isUsed = async (): Promise<boolean> => {
  const { schedule } = await admin<{ schedule: { traffic: { requestsPerSecond: number } | null } }>("/environment")
  return (schedule.traffic?.requestsPerSecond ?? 0) > 0
}

/** The object of Ann's own document. */
const documentObject = async (cookie: string): Promise<DurableObjectStub> => {
  const { services } = await sessionOf(cookie)
  const own = services[0]?.documents.find(({ document }) => document.includes("/user/"))
  return env.DOCUMENTS.getByName(own?.document ?? "")
}

/** What an update of the server may do: documents cannot be opened any more. */
const spoil = async (cookie: string): Promise<void> => {
  const stub = await documentObject(cookie)
  await runInDurableObject(stub, (_, { storage }) => {
    storage.sql.exec("INSERT INTO updates (ends, author, data) VALUES (1, 'nobody', ?)", new Uint8Array([9, 9, 9]))
  })
  await evictDurableObject(stub)
}

const mend = async (cookie: string): Promise<void> => {
  const stub = await documentObject(cookie)
  await runInDurableObject(
    stub,
    (_, { storage }) => void storage.sql.exec("DELETE FROM updates WHERE author = 'nobody'")
  )
  await evictDurableObject(stub)
}

const stateOf = async (id: string): Promise<string> => (await admin<View>(`/maintenance/${id}`)).state
const audit = async (): Promise<string> => JSON.stringify(await admin("/audit"))

/** A used service whose client has taken over: its maintenance waits for the server. */
const waiting = async () => {
  const cookie = await signIn("Ann")
  await askUntil(cookie, isUsed)
  const client = await Client.connect(newId())
  await client.takeNext()
  const { id } = await start()
  await client.takeNext()
  await reach(id, "waiting")
  return { cookie, client, id }
}

test(
  "[MNT-13] [MNT-17] a server that comes back and cannot open documents is closed again before anybody updates",
  async () => {
    const { cookie, client, id } = await waiting()
    await spoil(cookie)
    await evictDurableObject(env.CONTROLLERS.getByName(CONTROLLER))
    await admin(`/maintenance/${id}/resume`, { method: "POST" })
    await client.takeNext()
    expect(await askUntil(cookie, async () => (await stateOf(id)) === "taking")).toEqual(new Set([503]))
    expect(await audit()).toMatch(
      /"who":"server","what":"came back worse in maintenance [^"]*: 100 % of \d+ requests fail; before it went, 0 % did"/
    )
    expect(await client.takeNext()).toMatchObject({ temporary: id, rules: [{ match: "/calendar/*", serve: "client" }] })
    await reach(id, "waiting")
    await mend(cookie)
    await admin(`/maintenance/${id}/resume`, { method: "POST" })
    await client.takeNext()
    expect(await askUntil(cookie, async () => (await stateOf(id)) === "updating")).toEqual(new Set([200]))
    await client.update()
    await client.takeNext()
    const view = await reach(id, "finished")
    expect(view.steps.map(({ state }) => state).join(" ")).toBe(
      "taking closing waiting opening returning taking closing waiting opening returning updating restoring finished"
    )
  },
  WITHIN_MS
)

test(
  "[MNT-13] [MNT-5] a server that gets worse while clients update: aborted, standing policies, old release",
  async () => {
    const { cookie, client, id } = await waiting()
    await admin(`/maintenance/${id}/resume`, { method: "POST" })
    await client.takeNext()
    await askUntil(cookie, async () => (await stateOf(id)) === "updating")
    await spoil(cookie)
    await askUntil(cookie, async () => ["restoring", "finished"].includes(await stateOf(id)))
    expect(await client.takeNext()).toMatchObject({ temporary: null, release: "schedule@1.0.0" })
    expect((await reach(id, "finished")).aborted).toMatch(/^the server came back worse: \d+ % of \d+ requests fail/)
    expect(await audit()).toContain("came back worse in maintenance")
  },
  WITHIN_MS
)
