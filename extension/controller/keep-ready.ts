/**
 * First contact and after: has a release installed and replicas fetched while the server is there, so that this client can stand in
 * at any moment. An installed release is changed by update instructions only. Keeps SPEC rule CON-13.
 */
import type { ControlUp, Refusal } from "../../shared/protocol/control-up.ts"
import type { ReleaseId } from "../../shared/protocol/names.ts"
import type { ServicePlatform } from "../platform/client-platform.ts"
import { refusalOf } from "./within.ts"

type Updated = Extract<ControlUp, { type: "updated" }>

export interface ReadyPorts {
  readonly platform: Pick<ServicePlatform, "running" | "health" | "cannotServe" | "prepare">
  readonly after: (ms: number, run: () => void) => () => void
  readonly now: () => number
  /** The release of the policy in force. */
  readonly release: () => ReleaseId | null
  /** Somebody is signed in, the policy may lead here, and the edge can be reached. */
  readonly isWanted: () => boolean
  /** The edge should know what runs here since. */
  readonly onInstalled: (message: Updated) => void
  readonly tell: (kind: string, text: string) => void
}

const FIRST_RETRY_MS = 2000
const LONGEST_RETRY_MS = 60_000

export class KeepReady {
  readonly #ports: ReadyPorts
  #isBusy = false
  #trouble: Refusal | null = null
  #failures = 0
  #stopRetry: (() => void) | null = null
  #told: ReleaseId | null = null

  constructor(ports: ReadyPorts) {
    this.#ports = ports
  }

  get isBusy(): boolean {
    return this.#isBusy
  }

  /** Why this client could not be made ready when it was last tried; null when it need not be. */
  get trouble(): Refusal | null {
    return this.#ports.isWanted() ? this.#trouble : null
  }

  /** What runs here, as the edge is told now in a hello. */
  tellRunning(): ReleaseId | null {
    this.#told = this.#ports.platform.running()
    return this.#told
  }

  /** Begins to make ready what is not; called whenever something of that may have changed. */
  look(): void {
    const { platform, release, isWanted } = this.#ports
    this.#tellIfInstalled()
    const wanted = platform.running() ?? release()
    if (this.#isBusy || this.#stopRetry !== null || wanted === null) return
    if (!isWanted() || platform.cannotServe() === null) return
    this.#isBusy = true
    void this.#prepare(wanted).finally(() => (this.#isBusy = false))
  }

  async #prepare(release: ReleaseId): Promise<void> {
    try {
      const outcome = await this.#ports.platform.prepare(release, "both")
      if (!outcome.ok) return this.#retry(outcome.refusal)
    } catch (cause) {
      return this.#retry(refusalOf("release-failed", cause))
    }
    this.#failures = 0
    this.#trouble = null
    this.#tellIfInstalled()
  }

  #tellIfInstalled(): void {
    const { now, onInstalled, platform } = this.#ports
    const running = platform.running()
    if (this.#told !== null || running === null) return
    this.#told = running
    const health = platform.health()
    const whose = health === null ? {} : { health }
    onInstalled({ type: "updated", instruction: "installed", running, ...whose, ok: true, at: now() })
  }

  #retry(refusal: Refusal): void {
    this.#trouble = refusal
    this.#ports.tell("not-ready", `${refusal.kind}: ${refusal.text}`)
    const wait = Math.min(FIRST_RETRY_MS * 2 ** this.#failures++, LONGEST_RETRY_MS)
    this.#stopRetry = this.#ports.after(wait, () => {
      this.#stopRetry = null
      this.look()
    })
  }
}
