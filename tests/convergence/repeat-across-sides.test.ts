import "../../scripts/simulation/world/ambient.ts"
import { expect, test } from "vitest"
import { calm, judge, reborn } from "../../scripts/simulation/check/verdict.ts"
import type { Browser, Heard, Wanted } from "../../scripts/simulation/client/browser.ts"
import {
  ContentSchema,
  EDITS,
  TEAM,
  type Content,
  type Edit,
  type WriteBody
} from "../../scripts/simulation/notes/notes-app.ts"
import { replicaOf } from "../../scripts/story/check/replicas.ts"
import type { Stage } from "../../scripts/simulation/stage.ts"
import { parseJson } from "../../shared/protocol/parse.ts"
import { uuidV7From } from "../../shared/app/new-id.ts"
import { lead, pass, send, staged } from "../support/simulated.ts"

const TEAM_DOCUMENT = "notes/team/a"

/** What a browser hears of one request, as soon as it does. */
const ask = ({ world }: Stage, browser: Browser, wanted: Partial<Wanted>): { heard: Heard | undefined } => {
  const outcome: { heard: Heard | undefined } = { heard: undefined }
  const whole: Wanted = { method: "GET", path: TEAM, key: null, body: "", receivedAt: world.now, ...wanted }
  browser.run(async () => {
    outcome.heard = await browser.ask(whole)
  })
  return outcome
}

const read = async (stage: Stage, browser: Browser): Promise<Content> => {
  const outcome = ask(stage, browser, {})
  await stage.world.run(() => outcome.heard !== undefined, 10_000)
  const content = parseJson(ContentSchema, outcome.heard?.reply.body ?? "")
  if (!content.ok) throw new Error(content.error)
  return content.value
}

const replicaAtEdge = ({ edge }: Stage) => replicaOf("edge", TEAM_DOCUMENT, edge.durableUpdates(TEAM_DOCUMENT))

const edit = (kind: Edit["kind"], token: string, note: string | null = null): Edit => ({ kind, token, note, delta: 1 })

test("[APP-44] [F36] what the server did without its answer arriving is there once, though the client did it again and knew less", async () => {
  const stage = await staged(1, ["ann", "bob"], "client") // so that both have fetched the document
  await lead(stage, "server")
  const { world, ledger, network } = stage
  const [ann, bob] = stage.browsers
  if (ann === undefined || bob === undefined) throw new Error("two people were staged")

  // What bob makes reaches the edge, and no socket of ann's: she asks the server about things that are not here.
  network.onMessage = (connection) => {
    if (connection.belongsTo(ann.name)) connection.cut()
  }
  await send(stage, bob, { edits: [edit("add", "t1"), edit("insert", "t2")], end: "succeed" })
  const { notes, steps } = await read(stage, bob)
  const [note = null, step = null] = [notes[0], steps[0]]
  expect([note, step]).not.toContain(null)

  // Every kind of edit of what only the server has, each with one after it that must get the same ids.
  // `edit` writes whatever is there, and comes after those that look. A text would wait for the server's state (APP-54).
  const kinds = EDITS.filter((kind) => kind !== "write").toReversed()
  const edits = kinds.flatMap((kind, index) => [
    edit(kind, `t${3 + 2 * index}`, kind === "move" ? step : note),
    edit("add", `t${4 + 2 * index}`)
  ])
  const body: WriteBody = { edits, end: "succeed" }
  const written = { method: "POST", key: uuidV7From(new Date(world.now), "ann"), body: JSON.stringify(body) } as const
  const write = ledger.invoked(TEAM_DOCUMENT, body)
  const first = ask(stage, ann, written)
  const has = (token: string): boolean => {
    const { doc } = replicaAtEdge(stage)
    return [...doc.getMap("records:log").values()].some((entry) => JSON.stringify(entry).includes(`"${token}"`))
  }
  expect(await world.run(() => has("t4"), 10_000)).toBe(true)
  ann.isCutOff = true
  await world.run(() => first.heard !== undefined, 10_000)
  expect(first.heard).toBeNull()

  // She takes over without having seen any of it, and asks again.
  await lead({ ...stage, browsers: [ann] }, "client")
  const again = ask(stage, ann, { ...written, mayHaveRun: true })
  await world.run(() => again.heard !== undefined, 10_000)
  expect(again.heard).toMatchObject({ from: "client", reply: { status: 200 } })
  write.state = "answered"

  network.onMessage = null
  await pass(stage, 1000)
  expect(await calm(stage)).toEqual([])
  const { problems, counts } = judge(stage, "after the quiet")
  expect(problems).toEqual([])
  expect(counts).toMatchObject({ answered: edits.length, doubled: 0, lost: 0, half: 0 })
  expect(await reborn(stage)).toEqual([])
  stage.end()
})
