/** One alarm for several who want to be woken: an object has no more than one. After a restart each asks again. */
export class WakeBook {
  readonly #setAlarm: (at: number | null) => Promise<void>
  readonly #wanted = new Map<string, number>()

  constructor(setAlarm: (at: number | null) => Promise<void>) {
    this.#setAlarm = setAlarm
  }

  /** Wakes `who` at a time, ms; null for never. */
  set(who: string, at: number | null): Promise<void> {
    if (at === null) this.#wanted.delete(who)
    else this.#wanted.set(who, at)
    return this.#setAlarm(this.#wanted.size === 0 ? null : Math.min(...this.#wanted.values()))
  }
}
