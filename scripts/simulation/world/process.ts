/** What runs in a simulation, has events of its own, and can die. */
import type { Random } from "./random.ts"

/** The world as its processes know it. */
export interface ProcessWorld {
  readonly random: Random
  /** ms since 1970. */
  readonly now: number
  schedule(process: Process, ms: number, work: () => void): () => void
}

/** What runs somewhere and can die: an incarnation of the edge, of a browser, of an app's Worker, of a person's page. */
export class Process {
  readonly name: string
  readonly world: ProcessWorld
  /** Events that it still has before it. */
  pending = 0
  #alive = true
  /** When the last of its immediate steps is due: such steps keep their order. */
  #lastStep = 0
  readonly #onKilled: (() => void)[] = []

  constructor(world: ProcessWorld, name: string) {
    this.world = world
    this.name = name
  }

  get isAlive(): boolean {
    return this.#alive
  }

  /** Runs `work` in this process after `ms`; the result calls it off. */
  after(ms: number, work: () => void): () => void {
    return this.world.schedule(this, ms, work)
  }

  /** The next step of something that goes on by itself, such as a storage transaction. */
  step(work: () => void): () => void {
    const { world } = this
    const pause = world.random.chance(0.02) ? world.random.below(4) : 0
    this.#lastStep = Math.max(this.#lastStep, world.now + pause)
    return world.schedule(this, this.#lastStep - world.now, work)
  }

  onKilled(work: () => void): void {
    this.#onKilled.push(work)
  }

  kill(): void {
    if (!this.#alive) return
    this.#alive = false
    for (const work of this.#onKilled) work()
  }
}
