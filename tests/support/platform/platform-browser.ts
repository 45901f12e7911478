/** A real Chromium with the test extension around the client platform of one service. */
import { cpSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Page } from "playwright-core"
import type { AsideAct, AsideLot, AsideReply } from "../../../extension/platform/aside-lot.ts"
import type { Outcome, ServicePin } from "../../../extension/platform/client-platform.ts"
import { startBrowser, type ExtensionBrowser } from "../../../scripts/local/browser.ts"
import type { Session } from "../../../shared/protocol/session.ts"
import { buildPlatformExtension } from "./build-extension.ts"
import type { Bench } from "./platform-page.ts"

declare const bench: Bench

/** One answer, as a test sees it. */
export interface Answer {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly text: string
  readonly ms: number
}

export class PlatformBrowser {
  readonly #pin: ServicePin
  readonly #folder: string
  #browser: ExtensionBrowser
  page: Page
  #session: Session | null = null

  private constructor(pin: ServicePin, folder: string, browser: ExtensionBrowser, page: Page) {
    this.#pin = pin
    this.#folder = folder
    this.#browser = browser
    this.page = page
  }

  /**
   * Starts the browser and opens the platform, for somebody.
   * @param permissions of the extension; with `unlimitedStorage`, which it has without this, no quota holds
   */
  static async start(pin: ServicePin, session: Session, permissions?: readonly string[]): Promise<PlatformBrowser> {
    const folder = mkdtempSync(join(tmpdir(), "locum-platform-"))
    await buildPlatformExtension(join(folder, "extension"), pin.origin, permissions)
    const browser = await launch(folder)
    const started = new PlatformBrowser(pin, folder, browser, await browser.context.newPage())
    await started.open(session)
    return started
  }

  /** Opens the platform's page anew, the service, and signs somebody in. */
  async open(session: Session): Promise<void> {
    this.#session = session
    await this.page.goto(`chrome-extension://${this.#browser.extensionId}/page.html`)
    await this.page.evaluate((to) => bench.open(to), this.#pin)
    await this.page.evaluate((who) => bench.identify(who), session)
  }

  /** The page is there, and no platform is open: nobody has the databases. */
  async idle(): Promise<void> {
    await this.page.goto(`chrome-extension://${this.#browser.extensionId}/page.html`)
  }

  /** What a look at the session found. */
  async identify(session: Session): Promise<void> {
    this.#session = session
    await this.page.evaluate((who) => bench.identify(who), session)
  }

  /** Ends the browser, copies its profile away, and starts it again. */
  async backUp(): Promise<void> {
    await this.#browser.close()
    cpSync(join(this.#folder, "profile"), join(this.#folder, "backup"), { recursive: true })
    await this.#startAgain()
  }

  /** Ends the browser and starts it on the profile that was copied away. */
  async restoreBackup(): Promise<void> {
    await this.#browser.close()
    rmSync(join(this.#folder, "profile"), { recursive: true })
    cpSync(join(this.#folder, "backup"), join(this.#folder, "profile"), { recursive: true })
    await this.#startAgain()
  }

  /** How many bytes the extension's origin may store; null for as many as before. */
  async limitStorage(bytes: number | null): Promise<void> {
    const session = await this.#browser.context.newCDPSession(this.page)
    await session.send("Storage.overrideQuotaForOrigin", {
      origin: `chrome-extension://${this.#browser.extensionId}`,
      ...(bytes === null ? {} : { quotaSize: bytes })
    })
    // The limit ends with the session that set it.
    if (bytes === null) await session.detach()
  }

  /** SIGKILL to the browser, then a new one on the same profile. */
  async crash(): Promise<void> {
    await this.#browser.kill()
    await this.#startAgain()
  }

  async #startAgain(): Promise<void> {
    this.#browser = await launch(this.#folder)
    this.page = await this.#browser.context.newPage()
    if (this.#session !== null) await this.open(this.#session)
  }

  /**
   * Power fails: the browser dies, and of what y-indexeddb wrote, relaxed, no more than this share of each database's rows is on the
   * disk, the oldest ones. What was written strictly is there. Resolves to how many rows were lost.
   */
  async losePower(kept: number): Promise<number> {
    await this.#browser.kill()
    this.#browser = await launch(this.#folder)
    this.page = await this.#browser.context.newPage()
    await this.page.goto(`chrome-extension://${this.#browser.extensionId}/page.html`)
    const lost = await this.page.evaluate(rollBack, kept)
    if (this.#session !== null) await this.open(this.#session)
    return lost
  }

  /** Asks for a path below the service's mount. */
  ask(method: string, path: string, body: string | null = null, key: string | null = null): Promise<Answer> {
    const url = this.#pin.origin + this.#pin.mount + path
    return this.page.evaluate(([m, u, b, k]) => bench.ask(m, u, b, k), [method, url, body, key] as const)
  }

  install(release: string): Promise<Outcome> {
    return this.page.evaluate((id) => bench.current().update(id, null), release)
  }

  prepare(release: string, sync: "both" | "none"): Promise<Outcome> {
    return this.page.evaluate(([id, how]) => bench.current().prepare(id, how), [release, sync] as const)
  }

  sync(): Promise<Outcome> {
    return this.page.evaluate(() => bench.current().sync())
  }

  checkpoint(): Promise<Outcome> {
    return this.page.evaluate(() => bench.current().checkpoint())
  }

  serve(here: boolean): Promise<void> {
    return this.page.evaluate((on) => bench.current().serve(on), here)
  }

  unsent(): Promise<number> {
    return this.page.evaluate(() => bench.current().unsent())
  }

  aside(): Promise<readonly AsideLot[]> {
    return this.page.evaluate(() => bench.current().aside())
  }

  onAside(act: AsideAct, id: number): Promise<AsideReply> {
    return this.page.evaluate(([wish, lot]) => bench.current().onAside(wish, lot), [act, id] as const)
  }

  running(): Promise<string | null> {
    return this.page.evaluate(() => bench.current().running())
  }

  cannotServe(): Promise<string | null> {
    return this.page.evaluate(() => bench.current().cannotServe())
  }

  told(): Promise<readonly string[]> {
    return this.page.evaluate(() => bench.told)
  }

  async close(): Promise<void> {
    await this.#browser.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** Evaluated in the page: must not use anything outside of itself. */
const rollBack = async (kept: number): Promise<number> => {
  let lost = 0
  const result = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(new Error(String(request.error)))
    })
  for (const { name } of await indexedDB.databases()) {
    if (name === undefined || !name.startsWith("locum/document/")) continue
    const database = await result(indexedDB.open(name))
    const store = database.transaction("updates", "readwrite").objectStore("updates")
    const keys = await result(store.getAllKeys())
    const gone = keys.slice(Math.floor(keys.length * kept))
    await Promise.all(gone.map((key) => result(store.delete(key))))
    lost += gone.length
    database.close()
  }
  return lost
}

const launch = (folder: string): Promise<ExtensionBrowser> =>
  startBrowser({ profile: join(folder, "profile"), extension: join(folder, "extension") })
