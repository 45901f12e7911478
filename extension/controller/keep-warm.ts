/**
 * As long as this side may have to stand in at any moment its replicas, app and sync sockets are kept up, and the storage that they lie in
 * is minded: it is asked to stay, and looked at from time to time. Keeps SPEC rules CON-13, CLI-38 (F39).
 */
import type { Environment } from "../../shared/environment/readings.ts"
import { isStorageLow } from "../../shared/environment/readings.ts"

export interface WarmPorts {
  /** This side serves, or somebody is signed in whom it may have to serve. */
  readonly isWanted: () => boolean
  /** Resolves when whoever is signed in has his documents open. */
  readonly settled: () => Promise<void>
  readonly serve: (here: boolean) => void
  readonly persistStorage: () => Promise<boolean>
  /** Has the device's readings taken anew. */
  readonly refreshDevice: () => void
  readonly after: (ms: number, run: () => void) => () => void
  readonly tell: (kind: string, text: string) => void
  readonly logError: (what: string, cause: unknown) => void
}

/** The device tells nothing of storage that fills up. */
const STORAGE_LOOK_MS = 60_000

export class KeepWarm {
  readonly #ports: WarmPorts
  #isWarm = false
  #isLookDue = false
  #wasStorageLow = false

  constructor(ports: WarmPorts) {
    this.#ports = ports
  }

  /** Called whenever what is wanted may have changed. */
  look(): void {
    const { isWanted, settled, serve, logError } = this.#ports
    if (isWanted() === this.#isWarm) return
    this.#isWarm = !this.#isWarm
    if (this.#isWarm) this.#mindStorage()
    settled().then(
      () => serve(this.#isWarm),
      (cause: unknown) => logError("serve", cause)
    )
  }

  /** Storage that becomes low is told, once. */
  noteStorage(environment: Environment): void {
    const isLow = isStorageLow(environment)
    if (isLow && !this.#wasStorageLow)
      this.#ports.tell("storage-low", `${environment.storageLeft} bytes may still be stored`)
    this.#wasStorageLow = isLow
  }

  #mindStorage(): void {
    const { persistStorage, tell, logError } = this.#ports
    persistStorage().then(
      (isKept) => (isKept ? undefined : tell("storage", "the browser may take this client's storage away")),
      (cause: unknown) => logError("storage", cause)
    )
    this.#lookAtStorage()
  }

  #lookAtStorage(): void {
    const { after, refreshDevice } = this.#ports
    if (!this.#isWarm || this.#isLookDue) return
    this.#isLookDue = true
    after(STORAGE_LOOK_MS, () => {
      this.#isLookDue = false
      refreshDevice()
      this.#lookAtStorage()
    })
  }
}
