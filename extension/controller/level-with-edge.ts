/**
 * While both sides serve a part of a service they serve the same documents: before this side answers it brings in what the edge has, and
 * what it wrote is there before the answer, so that whoever goes from one part to the other finds what he was told. 2 s at most: then, and
 * without the edge, it answers from what is here. Keeps SPEC rule MOD-7.
 */
import type { Outcome } from "../platform/client-platform.ts"

export interface LevelPorts {
  readonly now: () => number
  readonly after: (ms: number, run: () => void) => () => void
  readonly tell: (kind: string, text: string) => void
}

/** The longest that an answer waits. */
export const LEVEL_WITHIN_MS = 2000
/** An edge that did not answer is not waited for again so soon. */
const PAUSE_MS = 10_000

export class LevelWithEdge {
  readonly #ports: LevelPorts
  #isOn = false
  #pausedUntil = 0

  constructor(ports: LevelPorts) {
    this.#ports = ports
  }

  get isOn(): boolean {
    return this.#isOn
  }

  share(on: boolean): void {
    if (on === this.#isOn) return
    this.#isOn = on
    this.#pausedUntil = 0
  }

  /** Resolves when `sync` is done, or when it is not waited for. */
  async with(document: string, sync: () => Promise<Outcome>): Promise<void> {
    const { now, tell } = this.#ports
    if (!this.#isOn || now() < this.#pausedUntil) return
    const done = await this.#within(sync())
    if (done.ok) return
    this.#pausedUntil = now() + PAUSE_MS
    tell("not-level", `${document}: answered without the server's newest state (${done.refusal.text})`)
  }

  #within(work: Promise<Outcome>): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    const text = `no word of the edge in ${LEVEL_WITHIN_MS} ms`
    const stop = this.#ports.after(LEVEL_WITHIN_MS, () =>
      resolve({ ok: false, refusal: { kind: "sync-failed", text } })
    )
    return Promise.race([work, promise]).finally(stop)
  }
}
