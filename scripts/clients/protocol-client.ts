/**
 * A protocol client: the extension's own controller of a service, with its control socket to a real edge, behind ports of plain Node. What
 * a browser adds is not here: pages (protocol-pages.ts asks as they do) and documents (protocol-platform.ts holds none).
 */
import type { ControllerPorts } from "../../extension/controller/controller-parts.ts"
import { ServiceController } from "../../extension/controller/service-controller.ts"
import { ServiceStore } from "../../extension/controller/service-store.ts"
import { SessionKeeper } from "../../extension/controller/session-keeper.ts"
import type { DeviceReadings } from "../../extension/environment/environment-watch.ts"
import type { ServicePin } from "../../extension/platform/client-platform.ts"
import { controlUrl } from "../../extension/platform/control-url.ts"
import { verifyEd25519 } from "../../extension/platform/crypto.ts"
import type { KeyValue } from "../../extension/platform/key-value.ts"
import { getFrom, reached, type HttpAnswer } from "../../extension/platform/service-http.ts"
import { openTextSocket } from "../../extension/platform/text-socket.ts"
import { PolicyStore } from "../../extension/policy/policy-store.ts"
import { WELL_KNOWN_PATH } from "../../shared/protocol/headers.ts"
import { ProtocolPages, type PageOutcome } from "./protocol-pages.ts"
import { pinnedRoot } from "../../shared/release/publisher.ts"
import { ProtocolPlatform } from "./protocol-platform.ts"

const ASK_WITHIN_MS = 10_000
const PROBE_WITHIN_MS = 2_000

/** Who it is. */
export interface ProtocolClientOptions {
  readonly pin: ServicePin
  /** 32 hex digits. */
  readonly client: string
  /** Of the person who is signed in. */
  readonly cookie: string
  /** What its device says of itself, asked again whenever that is told to have changed. */
  readonly device: () => DeviceReadings
  readonly logError: (what: string, cause: unknown) => void
}

export class ProtocolClient {
  readonly #controller: ServiceController
  readonly #pages: ProtocolPages

  private constructor(controller: ServiceController, pages: ProtocolPages) {
    this.#controller = controller
    this.#pages = pages
  }

  /** Opens the service's page for the first time: from then on it is connected. */
  static async start(options: ProtocolClientOptions): Promise<ProtocolClient> {
    const { pin, client, cookie } = options
    const store = await ServiceStore.open(inMemory(), pin)
    const { now } = Date
    const publisher = pinnedRoot(pin)
    const policies = await PolicyStore.open({
      ...pin,
      publisher: () => publisher,
      renewPublisher: () => Promise.resolve(),
      verify: verifyEd25519,
      now,
      load: () => store.policy(),
      store: (held) => store.setPolicy(held)
    })
    let controller: ServiceController | null = null
    const session = new SessionKeeper({
      ask: () => get(`${pin.origin}/_locum/session`, cookie, ASK_WITHIN_MS),
      now,
      onLook: (look) => controller?.looked(look)
    })
    const platform = new ProtocolPlatform(publisher, async (path) =>
      statusOf(await get(pin.origin + path, cookie, ASK_WITHIN_MS))
    )
    const stored = await store.stored()
    controller = new ServiceController({
      pin,
      client,
      ports: portsOf(options),
      store,
      policies,
      session,
      platform,
      stored
    })
    const pages = new ProtocolPages(controller.table(), { cookie })
    await controller.start(pages)
    controller.connect()
    controller.noticed()
    return new ProtocolClient(controller, pages)
  }

  /** One GET of a page of the service. */
  ask(path: string): Promise<PageOutcome> {
    return this.#pages.ask(path, this.#controller)
  }

  /** The device's readings are others now. */
  deviceChanged(): void {
    this.#controller.refreshDevice()
  }
}

const portsOf = ({ pin, client, cookie, device, logError }: ProtocolClientOptions): ControllerPorts => ({
  now: Date.now,
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  random: Math.random,
  probe: async () => reached(await get(pin.origin + WELL_KNOWN_PATH, cookie, PROBE_WITHIN_MS)),
  openSocket: (ticket, handlers) => openTextSocket(controlUrl(pin.origin, client, ticket), handlers),
  readDevice: () => Promise.resolve(device()),
  persistStorage: () => Promise.resolve(true),
  trace: () => undefined,
  logError
})

/** As the extension asks, with the person's cookie. */
const get = (url: string, cookie: string, limitMs: number): Promise<HttpAnswer> => getFrom(url, limitMs, { cookie })

const statusOf = (answer: HttpAnswer): number | null => (answer.kind === "answered" ? answer.status : null)

/** A disk that goes with the process: who is killed here does not come back. */
const inMemory = (): KeyValue => {
  const values = new Map<string, unknown>()
  const set = (key: string, value: unknown): Promise<void> => Promise.resolve(void values.set(key, value))
  return {
    get: (key) => Promise.resolve(values.get(key)),
    set,
    setOnce: async (key, value) => {
      if (!values.has(key)) await set(key, value)
      return values.get(key)
    },
    delete: (key) => Promise.resolve(void values.delete(key)),
    entries: () => Promise.reject(new Error("a controller lists nothing")),
    close: () => undefined
  }
}
