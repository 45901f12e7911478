/** What happens in a simulation: mostly use, sometimes trouble. */
import type { Sides } from "../../shared/switchover/routes.ts"
import type { Browser } from "./client/browser.ts"
import type { Stage } from "./stage.ts"
import { FAIR } from "./world/network.ts"

/** What happened. */
export interface Tally {
  /** Edits, reads, and pieces of trouble. */
  operations: number
  crashes: number
  cuts: number
}

type Act = (stage: Stage, tally: Tally) => string

/** The sides of both documents' patterns. */
export const sidesOf = (team: "server" | "client", mine: "server" | "client"): Sides => [
  { match: "/notes/team/a/*", side: team },
  { match: "/notes/*", side: mine }
]

const someBrowser = ({ world, browsers }: Stage): Browser => {
  const browser = world.random.pick(browsers)
  if (browser === undefined) throw new Error("there are no browsers")
  return browser
}

const someSide = ({ world }: Stage): "server" | "client" => (world.random.chance(0.5) ? "server" : "client")

/** Most edits of one request. */
const MOST_EDITS = 20

const use = ({ world, people }: Stage, tally: Tally, person = world.random.pick(people)): string => {
  if (person === undefined) throw new Error("there are no people")
  const { name } = person.browser
  if (world.random.chance(0.2)) return `${name}: ${person.read()}`
  const count = 1 + world.random.below(world.random.chance(0.5) ? 2 : MOST_EDITS)
  const first = tally.operations
  tally.operations += count - 1
  return `${name}: ${person.write(first, count)}`
}

/** Mostly something is under way when it happens. */
const inTheMidst = (stage: Stage, tally: Tally, browser?: Browser): string =>
  stage.world.random.chance(0.7)
    ? `${use(
        stage,
        tally,
        stage.people.find((person) => person.browser === browser)
      )}; `
    : ""

const switchSides: Act = (stage) => {
  const browser = someBrowser(stage)
  const sides = sidesOf(someSide(stage), someSide(stage))
  browser.aim(sides)
  return `${browser.name}: to ${sides.map(({ side }) => side).join()}`
}

/** A maintenance: everybody to the clients, or back. */
const switchAll: Act = (stage) => {
  const side = someSide(stage)
  for (const browser of stage.browsers) browser.aim(sidesOf(side, side))
  return `everybody to the ${side}`
}

/** Somewhere in its next steps, so that every step of its storage is hit some time. */
const crashBrowser: Act = (stage, tally) => {
  const { world, nature } = stage
  const browser = someBrowser(stage)
  const end = world.random.chance(0.5) ? "killed" : "power lost"
  const after = world.random.below(60)
  const midst = inTheMidst(stage, tally, browser)
  tally.crashes++
  world.afterEvents(after, () => {
    browser.crash(end)
    nature.after(world.random.chance(0.8) ? world.random.below(500) : world.random.below(20_000), () => browser.start())
  })
  return `${midst}${browser.name}: ${end} after ${after} events`
}

const crashEdge: Act = (stage, tally) => {
  const { world, edge, nature } = stage
  const after = world.random.below(60)
  const midst = inTheMidst(stage, tally)
  tally.crashes++
  world.afterEvents(after, () => {
    edge.crash()
    nature.after(world.random.chance(0.8) ? world.random.below(500) : world.random.below(10_000), () => edge.restart())
  })
  return `${midst}edge: crashes after ${after} events`
}

const redeploy: Act = (stage, tally) => {
  const { world, edge } = stage
  const after = world.random.below(60)
  const midst = inTheMidst(stage, tally)
  world.afterEvents(after, () => {
    if (edge.isUp) edge.redeploy()
  })
  return `${midst}edge: redeployed after ${after} events`
}

const hibernate: Act = ({ edge }) => {
  edge.hibernate()
  return "edge: hibernates"
}

const killApp: Act = (stage, tally) => {
  const browser = someBrowser(stage)
  const after = stage.world.random.below(20)
  const midst = inTheMidst(stage, tally, browser)
  stage.world.afterEvents(after, () => browser.killApp())
  tally.crashes++
  return `${midst}${browser.name}: its app's process dies after ${after} events`
}

const cut: Act = (stage, tally) => {
  const { world, network } = stage
  const after = world.random.below(40)
  const midst = inTheMidst(stage, tally)
  tally.cuts++
  world.afterEvents(after, () => world.random.pick(network.open)?.cut())
  return `${midst}a connection is cut after ${after} events`
}

const cutOff: Act = (stage, tally) => {
  const { world, nature, network } = stage
  const browser = someBrowser(stage)
  const ms = world.random.below(8000)
  tally.cuts++
  browser.isCutOff = true
  for (const connection of network.open) if (connection.belongsTo(browser.name)) connection.cut()
  nature.after(ms, () => {
    browser.isCutOff = false
  })
  return `${browser.name}: no network for ${ms} ms`
}

const changeWeather: Act = ({ world, network }) => {
  network.weather = world.random.chance(0.4)
    ? FAIR
    : { delayMs: 1 + world.random.below(world.random.chance(0.8) ? 100 : 1500), loss: world.random.below(5) / 100 }
  return `the network: ${JSON.stringify(network.weather)}`
}

const openOrClose: Act = ({ edge }) => {
  edge.setMode(edge.mode === "open" ? "closed" : "open")
  return `edge: ${edge.mode}`
}

const failStorage: Act = (stage) => {
  const { world, edge } = stage
  const count = 1 + world.random.below(3)
  const document = world.random.pick(edge.documents)
  if (document !== undefined && world.random.chance(0.5)) {
    edge.storageOf(document).failures = count
    return `edge: ${count} transactions of ${document} will fail`
  }
  const browser = someBrowser(stage)
  browser.disk.failures = count
  return `${browser.name}: ${count} transactions will fail`
}

const changeUser: Act = (stage) => {
  const { world, nature } = stage
  const browser = someBrowser(stage)
  if (browser.isSignedOut) return "nothing"
  browser.signOut()
  nature.after(world.random.below(3000), () => browser.signIn())
  return `${browser.name}: signed out for a moment`
}

/** How often, of a thousand, each happens; use is the rest. */
const TROUBLE: readonly (readonly [weight: number, act: Act])[] = [
  [50, switchSides],
  [12, switchAll],
  [45, crashBrowser],
  [35, crashEdge],
  [15, redeploy],
  [25, hibernate],
  [15, killApp],
  [50, cut],
  [15, cutOff],
  [15, changeWeather],
  [10, openOrClose],
  [12, failStorage],
  [6, changeUser]
]

/** Does one thing; says what. */
export const act: Act = (stage, tally) => {
  tally.operations++
  let draw = stage.world.random.below(1000)
  for (const [weight, trouble] of TROUBLE) {
    if (draw < weight) return trouble(stage, tally)
    draw -= weight
  }
  return use(stage, tally)
}
