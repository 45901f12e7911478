// The schedule on two sides that do not see each other: what each person wrote is shown beside the other's after the merge,
// and can be taken, with links and forms alone. Each test runs with both releases.
import { beforeEach, describe, expect, test } from "vitest"
import { app as release1 } from "../../examples/schedule/release-1.ts"
import { app as release2 } from "../../examples/schedule/release-2.ts"
import { service } from "../../examples/schedule/service.ts"
import { MemorySide, ORIGIN } from "../support/memory-side.ts"

const ANN = { id: "auth0|ann", name: "Ann" }
const BOB = { id: "bob", name: "Bob <3" }
const TEAM = "/calendar/team/red"

describe.each([release1, release2])("$version", (app) => {
  let server: MemorySide
  let client: MemorySide
  let id: string
  let minutes = 0

  /** Each request a minute after the one before. */
  const now = (): Date => new Date(Date.UTC(2026, 10, 23, 10, minutes++))

  const json = async (side: MemorySide, method: string, path: string, body?: object): Promise<unknown> => {
    const init = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
    const answer = await side.fetch(new Request(`${ORIGIN}${TEAM}/api${path}`, init))
    return answer.status === 204 ? null : answer.json()
  }
  const page = async (side: MemorySide, path: string): Promise<string> =>
    (await side.fetch(new Request(`${ORIGIN}${TEAM}${path}`))).text()
  const post = (side: MemorySide, path: string, form: Record<string, string>): Promise<Response> =>
    side.fetch(new Request(`${ORIGIN}${TEAM}${path}`, { method: "POST", body: new URLSearchParams(form) }))

  const mergeBoth = async (): Promise<void> => {
    await server.merge(client)
    await client.merge(server)
  }

  beforeEach(async () => {
    minutes = 0
    server = new MemorySide(service, app, ANN, now)
    client = new MemorySide(service, app, BOB, now)
    const made = await json(server, "POST", "/events", { title: "Lunch", date: "2026-11-23", place: "Room 1" })
    id = (made as { id: string }).id
    await client.merge(server)
  })

  /** Ann moves the event to room 2, then Bob to room 3, without seeing it. */
  const conflict = async (): Promise<void> => {
    await json(server, "PUT", `/events/${id}`, { place: "Room 2" })
    await json(client, "PUT", `/events/${id}`, { place: "Room 3" })
    await mergeBoth()
  }
  const writes = (text: string): string[] =>
    [...text.matchAll(/name="write" value="([^"]+)"/g)].map(([, found]) => found ?? "")

  test("[APP-68][F45] month, list and event show the same value on both sides, marked, and the other with who and when", async () => {
    await conflict()
    for (const side of [server, client]) {
      expect(await json(side, "GET", `/events/${id}`)).toMatchObject({ place: "Room 3", conflicts: ["place"] })
      const month = await page(side, "/?month=2026-11")
      expect(month).toContain("(several versions)")
      expect(month).toContain(`${TEAM}/events/${id}#conflicts`)
      const event = await page(side, `/events/${id}`)
      const panel = event.slice(event.indexOf('id="conflicts"'), event.indexOf('class="stack"'))
      expect(panel).toMatch(/Room 3[\s\S]*Bob &lt;3[\s\S]*23 Nov 2026, 10:0\d UTC[\s\S]*Shown now[\s\S]*Keep this one/)
      expect(panel).toMatch(/Room 2[\s\S]*Ann[\s\S]*23 Nov 2026, 10:0\d UTC[\s\S]*Take this one/)
    }
  })

  test.each([
    ["the other", 1, "Room 2"],
    ["the shown one", 0, "Room 3"]
  ])("[APP-68][F45] a form takes %s; then both sides show it alone", async (_, index, place) => {
    await conflict()
    const write = writes(await page(client, `/events/${id}`))[index] ?? ""
    const answer = await post(client, `/events/${id}/conflicts`, { field: "place", write })
    expect([answer.status, answer.headers.get("location")]).toEqual([303, `${TEAM}/events/${id}`])
    await mergeBoth()
    for (const side of [server, client]) {
      expect(await json(side, "GET", `/events/${id}`)).toMatchObject({ place, conflicts: [] })
      expect(await page(side, "/?month=2026-11")).not.toContain("several versions")
    }
    expect(await page(server, `/events/${id}`)).toMatch(/History[\s\S]*Room 2[\s\S]*Room 3/)
  })

  test("[APP-68] the API tells the values and takes one", async () => {
    await conflict()
    const { conflicts } = (await json(server, "GET", `/events/${id}/conflicts`)) as {
      conflicts: { field: string; values: { write: string; value: string; by: string; name: string; at: string }[] }[]
    }
    expect(conflicts).toMatchObject([
      {
        field: "place",
        values: [
          { value: "Room 3", by: "bob", name: "Bob <3", at: "2026-11-23T10:02:00.000Z" },
          { value: "Room 2", by: "auth0|ann", name: "Ann", at: "2026-11-23T10:01:00.000Z" }
        ]
      }
    ])
    const write = conflicts[0]?.values[1]?.write
    const settled = await json(server, "POST", `/events/${id}/conflicts/place`, { write })
    expect(settled).toMatchObject({ place: "Room 2", conflicts: [] })
  })

  test("[APP-68] saving the event's form settles nothing that it does not change", async () => {
    await conflict()
    await post(server, `/events/${id}`, { title: "Late lunch", date: "2026-11-23", place: "Room 3" })
    expect(await json(server, "GET", `/events/${id}`)).toMatchObject({ title: "Late lunch", conflicts: ["place"] })
  })

  /** Bob deletes what Ann is still changing. */
  const deletedAndEdited = async (): Promise<void> => {
    await json(client, "DELETE", `/events/${id}`)
    await json(server, "PUT", `/events/${id}`, { place: "Room 2" })
    await mergeBoth()
  }

  test("[APP-69][F48] deleted while somebody changed it: listed on both sides with both people, and a form restores it with the change", async () => {
    await deletedAndEdited()
    for (const side of [server, client]) {
      const month = await page(side, "/")
      const panel = month.slice(month.indexOf('id="deleted"'))
      expect(panel).toMatch(
        /Lunch[\s\S]*Deleted by[\s\S]*Bob &lt;3[\s\S]*10:01 UTC[\s\S]*Ann[\s\S]*10:02 UTC[\s\S]*Room 2/
      )
      expect(await json(side, "GET", "/events")).toEqual({ events: [] })
      expect(await json(side, "GET", "/deleted")).toMatchObject({
        events: [{ event: { id }, deleted: { by: "bob" }, changes: [{ field: "place", value: "Room 2", name: "Ann" }] }]
      })
    }
    expect((await post(client, `/events/${id}/restore`, {})).status).toBe(303)
    await mergeBoth()
    expect(await json(server, "GET", `/events/${id}`)).toMatchObject({ title: "Lunch", place: "Room 2" })
    expect(await page(server, "/")).not.toContain('id="deleted"')
  })

  test("[APP-69][F48] or somebody leaves it deleted", async () => {
    await deletedAndEdited()
    expect((await post(server, `/events/${id}/delete`, {})).status).toBe(303)
    await mergeBoth()
    expect(await json(client, "GET", "/deleted")).toEqual({ events: [] })
  })
})
