import "../../scripts/simulation/world/ambient.ts"
import { expect, test } from "vitest"
import type { Stage } from "../../scripts/simulation/stage.ts"
import { pass, staged, verdictOf } from "../support/simulated.ts"

const SLOW_MS = 300_000
const DAY_MS = 24 * 3_600_000

/** Ann has written without a network, Bob meanwhile at the edge; now Ann's browser is back. */
const apart = async (): Promise<Stage> => {
  const stage = await staged(7, ["ann", "bob"], "client")
  const { browsers, people, network } = stage
  const [ann, bob] = people
  const [annsBrowser] = browsers
  if (ann === undefined || bob === undefined || annsBrowser === undefined) throw new Error("two people were staged")
  annsBrowser.isCutOff = true
  for (const connection of network.open) if (connection.belongsTo("b0")) connection.cut()
  for (let number = 0; number < 4; number++) {
    ann.write(100 + 10 * number, 3)
    bob.write(200 + 10 * number, 3)
    await pass(stage, 300)
  }
  return stage
}

/** Plays the sync of `apart`, and does something when its message number `at` is sent; how many messages it had. */
const syncWith = async (at: number, trouble: (stage: Stage) => void): Promise<number> => {
  const stage = await apart()
  const { browsers, network } = stage
  const before = network.messages
  let isDone = false
  network.onMessage = () => {
    if (isDone || network.messages - before < at) return
    isDone = true
    // Not in the midst of who sends: between two events.
    stage.world.afterEvents(0, () => trouble(stage))
  }
  for (const browser of browsers) browser.isCutOff = false
  await pass(stage, 10_000)
  const messages = network.messages - before
  network.onMessage = null
  const { problems, answered } = await verdictOf(stage)
  expect({ at, problems }).toEqual({ at, problems: [] })
  expect(answered).toBeGreaterThan(10)
  return messages
}

const cutAll = ({ network }: Stage): void => {
  for (const connection of network.open) connection.cut()
}
const crashEdge = ({ edge }: Stage): void => {
  edge.crash()
  edge.restart()
}
const crashBrowser = ({ browsers }: Stage): void => {
  browsers[0]?.crash("power lost")
  browsers[0]?.start()
}

test.for([
  ["F50", "connections are cut", cutAll],
  ["F64", "the edge is deployed anew", ({ edge }: Stage) => edge.redeploy()],
  ["F64", "the edge crashes", crashEdge],
  ["F50", "the browser loses power", crashBrowser]
] as const)(
  "[%s] %s at every message of a sync: it resumes, and everything converges",
  { timeout: SLOW_MS },
  async ([, , trouble]) => {
    let messages = 1
    for (let at = 1; at <= messages; at++) {
      const seen = await syncWith(at, trouble)
      if (at === 1) messages = seen
    }
    expect(messages).toBeGreaterThan(10)
  }
)

test(
  "[F49] a browser that comes back after 30 days brings its changes and gets the others'",
  { timeout: SLOW_MS },
  async () => {
    const stage = await apart()
    const { browsers, edge } = stage
    // Everybody sleeps: what is awake has timers, and 30 days have many.
    for (const browser of browsers) browser.crash("power lost")
    edge.crash()
    await pass(stage, 30 * DAY_MS)
    edge.restart()
    browsers[1]?.start()
    await pass(stage, 1000)
    // Some of what people ask for fails, as it is drawn.
    for (let number = 900; number < 960; number += 10) stage.people[1]?.write(number, 5)
    await pass(stage, 1000)
    const { problems, answered } = await verdictOf(stage)
    expect(problems).toEqual([])
    expect(answered).toBeGreaterThan(30)
  }
)
