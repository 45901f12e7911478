/** A real edge is killed (SIGKILL to wrangler and workerd) and started again on what it stored. */
import { afterAll, expect, test } from "vitest"
import { WebsocketProvider } from "y-websocket"
import * as Y from "yjs"
import { until } from "../../scripts/local/until.ts"
import { ControlClient } from "../support/platform/control-client.ts"
import { RealEdge, type Person } from "../support/platform/real-edge.ts"

const ADMIN = { Authorization: "Bearer a token that only this test has" }
const LIMIT_MS = 300_000
const WITHIN_MS = 20_000

const edge = await RealEdge.start("1.0.0")
afterAll(() => edge.close())

/** An unmodified WebsocketProvider of a person on a document. */
const provide = (person: Person, document: string): { readonly doc: Y.Doc; readonly provider: WebsocketProvider } => {
  const doc = new Y.Doc()
  const params = { ticket: person.session.ticket }
  const server = `${edge.pin.origin.replace("http", "ws")}/_locum/sync`
  return { doc, provider: new WebsocketProvider(server, document, doc, { params, disableBc: true }) }
}

const isSynced = (provider: WebsocketProvider): Promise<true> =>
  until("the provider to sync", WITHIN_MS, () => Promise.resolve(provider.synced ? true : undefined))

test(
  "[F54] [DOC-10] with unmodified providers: what one was shown of another's is there after SIGKILL, and both go on",
  async () => {
    const [ann, bob] = await Promise.all([edge.signIn("Ann", "blue"), edge.signIn("Bob", "blue")])
    const [a, b] = [provide(ann, "schedule/team/blue"), provide(bob, "schedule/team/blue")]
    await Promise.all([isSynced(a.provider), isSynced(b.provider)])
    const [left, right] = [a.doc.getMap("test"), b.doc.getMap("test")]
    for (let round = 0; round < 3; round++) {
      for (let write = 0; write < 50; write++) left.set(`${round}-${write}`, write)
      // What the other one has was written before it was told; the edge dies in the midst of the rest.
      await until("the other to be shown the first write", WITHIN_MS, () =>
        Promise.resolve(right.has(`${round}-0`) ? true : undefined)
      )
      const shown = [...right.keys()]
      await edge.kill()
      a.provider.disconnect()
      await edge.restart("1.0.0")
      const fresh = provide(bob, "schedule/team/blue")
      await isSynced(fresh.provider)
      expect(shown.filter((key) => !fresh.doc.getMap("test").has(key))).toEqual([])
      fresh.provider.destroy()
      a.provider.connect()
      await Promise.all([isSynced(a.provider), isSynced(b.provider)])
      await until("both to be equal", WITHIN_MS, () => Promise.resolve(right.size === left.size ? true : undefined))
    }
    expect(right.toJSON()).toEqual(left.toJSON())
    a.provider.destroy()
    b.provider.destroy()
  },
  LIMIT_MS
)

const admin = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> =>
  (
    await fetch(`${edge.pin.origin}/_locum${path}`, {
      method,
      headers: ADMIN,
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
  ).json() as Promise<Record<string, unknown>>

test(
  "[F11] [MOD-2] the whole edge is killed in every state of a maintenance: it goes on, and comes back closed where it was closed",
  async () => {
    const ann = await edge.signIn("Ann", "blue")
    const client = new ControlClient(edge.pin.origin, ann.session.ticket, "c".repeat(32))
    const reach = (id: string, state: string): Promise<true> =>
      until(`maintenance to be ${state}`, WITHIN_MS, async () => {
        const view = await admin("GET", `/maintenance/${id}`)
        if (view["state"] === "finished" && state !== "finished") throw new Error(JSON.stringify(view))
        return view["state"] === state ? true : undefined
      })
    const sees = (what: string): Promise<true> =>
      until(`the client to see ${what}`, WITHIN_MS, () =>
        Promise.resolve(client.seen.includes(what) ? true : undefined)
      )
    /** The edge dies while the client leaves `what` undone; it comes back, and so does the client. */
    const dieAt = async (what: string, version: string): Promise<void> => {
      await sees(what)
      await edge.kill()
      await edge.restart(version)
      client.takes = () => true
    }

    expect((await ann.ask("GET", "api/events")).status).toBe(200)
    await client.connect()
    await sees("standing server")
    client.takes = (what) => what !== "temporary client"
    const request = {
      service: "schedule",
      urls: ["/calendar/*"],
      order: ["server", "client"],
      release: "schedule@2.0.0",
      deadline: "60s"
    }
    const { id } = (await admin("POST", "/maintenance", request)) as { id: string }
    await dieAt("temporary client", "1.0.0")
    await client.connect()
    await reach(id, "waiting")
    expect((await ann.ask("GET", "api/events")).status).toBe(503)

    await edge.kill()
    await edge.restart("2.0.0")
    const closed = await ann.ask("GET", "api/events")
    expect(closed.status).toBe(503)
    expect(await admin("GET", `/maintenance/${id}`)).toMatchObject({ state: "waiting", aborted: null })
    await client.connect()

    client.takes = (what) => what !== "temporary server"
    await admin("POST", `/maintenance/${id}/resume`)
    await dieAt("temporary server", "2.0.0")
    client.takes = (what) => what !== "update"
    await client.connect()
    await dieAt("update schedule@2.0.0", "2.0.0")
    client.seen.length = 0
    client.takes = (what) => what !== "standing server"
    await client.connect()
    await dieAt("standing server", "2.0.0")
    await client.connect()
    await reach(id, "finished")
    expect(await admin("GET", `/maintenance/${id}`)).toMatchObject({ aborted: null })
    expect(client.running).toBe("schedule@2.0.0")
    expect((await ann.ask("GET", "api/events")).status).toBe(200)
    client.close()
  },
  LIMIT_MS
)
