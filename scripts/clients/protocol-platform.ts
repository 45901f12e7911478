/**
 * The client platform of a protocol client, behind the controller's port: it installs a release that the edge really publishes and
 * holds no documents, so there is nothing to push, and what it answers by itself is empty. What a platform does with data is
 * shown by the real browsers beside it.
 */
import type { AsideReply } from "../../extension/platform/aside-lot.ts"
import type { LocalAnswer, Outcome, ServicePlatform } from "../../extension/platform/client-platform.ts"
import type { ReleaseId } from "../../shared/protocol/names.ts"
import type { Publisher } from "../../shared/protocol/envelope.ts"
import type { ReleaseHealth } from "../../shared/protocol/control-up.ts"
import type { Session } from "../../shared/protocol/session.ts"

/** Asks the edge for a path of its control plane; the status, null when it cannot be reached. */
type AskStatus = (path: string) => Promise<number | null>

export class ProtocolPlatform implements ServicePlatform {
  readonly #publisher: Publisher
  readonly #askStatus: AskStatus
  #release: ReleaseId | null = null
  #digest: string | null = null
  #who: string | null = null

  constructor(publisher: Publisher, askStatus: AskStatus) {
    this.#publisher = publisher
    this.#askStatus = askStatus
  }

  running = (): ReleaseId | null => this.#release
  /** It starts nothing, so its start is that of the process. */
  health = (): ReleaseHealth | null =>
    this.#digest === null ? null : { digest: this.#digest, nonce: "protocol client" }

  cannotServe(): string | null {
    if (this.#release === null) return "no release is installed"
    return this.#who === null ? "nobody is signed in" : null
  }

  identify(session: Session | null): Promise<void> {
    this.#who = session?.identity.subject ?? null
    return Promise.resolve()
  }

  /** A release that runs is good enough: another one is brought by its wave. */
  async prepare(release: ReleaseId, sync: "both" | "none"): Promise<Outcome> {
    if (this.#release === null) return this.update(release, null)
    return sync === "both" ? this.sync() : { ok: true }
  }

  /** Nothing is to be synced, but the edge has to be there for it. */
  async sync(): Promise<Outcome> {
    const status = await this.#askStatus("/.well-known/locum.json")
    if (status === 200) return { ok: true }
    return { ok: false, refusal: { kind: "sync-failed", text: `the edge answered ${status}` } }
  }

  async update(release: ReleaseId, digest: string | null): Promise<Outcome> {
    const status = await this.#askStatus(`/_locum/releases/${release.replace("@", "/")}`)
    if (status !== 200)
      return { ok: false, refusal: { kind: "release-missing", text: `${release} was answered ${status}` } }
    this.#release = release
    this.#digest = digest
    return { ok: true }
  }

  syncOne = (): Promise<Outcome> => this.sync()
  documents = (): readonly string[] => []
  exportDocuments = (): string | null => null
  lastSync = (): number | null => null
  follow = (): void => undefined
  share = (): void => undefined
  answer = (): Promise<LocalAnswer> => Promise.resolve({ status: 200, headers: [], body: null })
  checkpoint = (): Promise<Outcome> => Promise.resolve({ ok: true })
  signOutPaths = (): readonly string[] => []
  download = (): null => null
  lookAtCurrent = (): Promise<void> => Promise.resolve()
  publisher = (): Publisher => this.#publisher
  unsent = (): number => 0
  serve = (): void => undefined
  aside = (): readonly never[] => []
  onAside = (): Promise<AsideReply> => Promise.resolve({ ok: false, error: "nothing lies aside" })
  onChange = (): (() => void) => () => undefined
  close = (): Promise<void> => Promise.resolve()
}
