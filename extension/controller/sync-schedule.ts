/**
 * Carries out the scheduled syncs of the policy in force, document by document. It has no timers of its own: it is looked at when the
 * browser's alarm rings, when the network is there again, and when the policy or a reading changed. When a document was last synced is
 * stored, so that what was due while the browser was closed or asleep is made up for, once. Keeps SPEC rules SYN-8, SYN-9, SYN-11.
 */
import type { Environment } from "../../shared/environment/readings.ts"
import { holds } from "../../shared/policy/condition.ts"
import type { SyncRule } from "../../shared/policy/rules.ts"
import { syncRuleFor } from "../../shared/policy/sync-rules.ts"
import { dueAt } from "../../shared/sync/schedule.ts"
import type { Outcome } from "../platform/client-platform.ts"

/** When each document was last synced by schedule, ms; the first time that its rule was seen counts as one. */
export type LastSyncs = Readonly<Record<string, number>>

export interface SchedulePorts {
  readonly rules: () => readonly SyncRule[]
  /** The signed-in person's documents. */
  readonly documents: () => readonly string[]
  readonly environment: () => Environment
  /** This client's place between 0 and 1: not all come in the same second. */
  readonly position: number
  readonly now: () => number
  readonly store: (last: LastSyncs) => Promise<void>
  readonly sync: (document: string, type: SyncRule["type"]) => Promise<Outcome>
  readonly tell: (kind: string, text: string) => void
  readonly logError: (what: string, cause: unknown) => void
}

/** After so long a sync that is due and did not come about is tried again, ms. */
const AGAIN_MS = 60_000

interface Scheduled {
  readonly document: string
  readonly rule: SyncRule
}

export class SyncSchedule {
  readonly #ports: SchedulePorts
  #last: LastSyncs
  #running: Promise<void> | null = null
  /** Something may have become due since this run began. */
  #isLookDue = false
  /** What the operator was told of a document that waits, so that he is told once. */
  readonly #told = new Map<string, string>()

  constructor(ports: SchedulePorts, last: LastSyncs) {
    this.#ports = ports
    this.#last = last
  }

  get isBusy(): boolean {
    return this.#running !== null
  }

  /** Syncs what is due. Looks that come while one runs are one more after it. */
  look(): void {
    if (this.#running !== null) return void (this.#isLookDue = true)
    if (this.#scheduled().length === 0) return
    this.#running = this.#run()
      .catch((cause: unknown) => this.#ports.logError("scheduled sync", cause))
      .finally(() => {
        this.#running = null
        if (this.#isLookDue) this.look()
      })
  }

  /** In how many ms the next sync is due, or one that is due and waits is tried again; null when none is to come. */
  nextInMs(): number | null {
    const now = this.#ports.now()
    const waits = this.#scheduled().flatMap((one) => {
      const at = this.#dueAt(one)
      return at === null ? [] : [at <= now ? AGAIN_MS : at - now]
    })
    return waits.length === 0 ? null : Math.min(...waits)
  }

  #scheduled(): readonly Scheduled[] {
    const { rules, documents } = this.#ports
    return documents().flatMap((document) => {
      const rule = syncRuleFor(rules(), document)
      return rule === null || rule.at === "always" ? [] : [{ document, rule }]
    })
  }

  #dueAt({ document, rule }: Scheduled): number | null {
    const { now, position } = this.#ports
    const last = this.#last[document]
    return last === undefined ? null : dueAt(rule, last, now(), position)
  }

  async #run(): Promise<void> {
    this.#isLookDue = false
    const { environment, now } = this.#ports
    // One that lies ahead was noted by a clock that was set back since.
    const isNew = ({ document }: Scheduled): boolean => !((this.#last[document] ?? Number.POSITIVE_INFINITY) <= now())
    const begun = this.#scheduled().filter(isNew)
    if (begun.length > 0) await this.#keep(begun)
    if (environment().network === "offline") return
    const due = this.#scheduled().filter((one) => (this.#dueAt(one) ?? Number.POSITIVE_INFINITY) <= now())
    for (const one of due) await this.#syncOne(one)
  }

  async #syncOne({ document, rule }: Scheduled): Promise<void> {
    const { environment, sync } = this.#ports
    const prevents = (rule.unless ?? []).find((condition) => holds(condition, environment()))
    if (prevents !== undefined)
      return this.#wait(document, "sync-waits", `${document} is due: not while ${JSON.stringify(prevents)}`)
    const outcome = await sync(document, rule.type)
    if (!outcome.ok) return this.#wait(document, "sync-failed", `${document}: ${outcome.refusal.text}`)
    this.#told.delete(document)
    await this.#keep([{ document, rule }])
  }

  #wait(document: string, kind: string, text: string): void {
    if (this.#told.get(document) === text) return
    this.#told.set(document, text)
    this.#ports.tell(kind, text)
  }

  async #keep(synced: readonly Scheduled[]): Promise<void> {
    const at = this.#ports.now()
    const last = { ...this.#last, ...Object.fromEntries(synced.map(({ document }) => [document, at])) }
    await this.#ports.store(last)
    this.#last = last
  }
}
