/** Everything that one simulation is about: a world, its network, one edge, and people at their browsers. */
import { Browser } from "./client/browser.ts"
import { Person } from "./client/person.ts"
import { Ledger } from "./check/ledger.ts"
import { EdgeHost } from "./edge/edge-host.ts"
import { Network } from "./world/network.ts"
import { Random } from "./world/random.ts"
import { Process } from "./world/process.ts"
import { World } from "./world/world.ts"

export interface Stage {
  readonly world: World
  readonly network: Network
  readonly edge: EdgeHost
  readonly browsers: readonly Browser[]
  readonly people: readonly Person[]
  readonly ledger: Ledger
  /** What happens by itself and belongs to nobody who could die. */
  readonly nature: Process
  /** Takes it away, with what libraries keep of it. */
  readonly end: () => void
}

/**
 * Makes the stage of a seed.
 * @param users who sits at which browser; without it two to five browsers, some of the same person
 */
export const makeStage = (seed: number, users?: readonly string[]): Stage => {
  const listeners = process.listeners("exit")
  const world = new World(new Random(seed))
  const nature = new Process(world, "nature")
  const network = new Network(nature)
  const edge = new EdgeHost(world, network)
  const ledger = new Ledger()
  const browsers = (users ?? randomUsers(world.random)).map(
    (user, index) => new Browser(`b${index}`, user, { world, edge, network })
  )
  const people = browsers.map((browser) => new Person(browser, world, ledger))
  const end = (): void => {
    for (const browser of browsers) browser.crash("killed")
    edge.close()
    // y-websocket listens for the end of Node for each provider, also for those of browsers that crashed.
    for (const listener of process.listeners("exit")) if (!listeners.includes(listener)) process.off("exit", listener)
  }
  return { world, network, edge, browsers, people, ledger, nature, end }
}

const randomUsers = (random: Random): readonly string[] =>
  Array.from({ length: 2 + random.below(4) }, (_none, index) => (random.chance(0.25) ? "u0" : `u${index}`))

/** Lets the world go on until every browser is up. */
export const allUp = ({ world, browsers }: Stage): Promise<boolean> =>
  world.run(() => browsers.every(({ isUp }) => isUp), 30_000)
