/**
 * Which services this browser knows: those of the package, those of an administrator's policy, those that the person added, in this
 * order; of a name or a place that is there twice the first one counts. In force is what the browser allows. Keeps SPEC rules CON-26 to CON-29.
 */
import * as v from "valibot"
import { ServicePinSchema } from "../../shared/protocol/preset.ts"
import { parse } from "../../shared/protocol/parse.ts"
import type { ServicePin } from "../platform/client-platform.ts"
import type { ListedService } from "../platform/listed-service.ts"
import { rivalText, shareAPlace } from "./rival.ts"

export interface ListPorts {
  readonly packed: () => Promise<readonly ServicePin[]>
  /** Of the administrator, unparsed. */
  readonly managed: () => Promise<unknown>
  readonly loadAdded: () => Promise<unknown>
  readonly storeAdded: (pins: readonly ServicePin[]) => Promise<void>
  readonly isAllowed: (origin: string) => Promise<boolean>
  /** What is in force besides the package. */
  readonly extra: () => Promise<readonly ServicePin[]>
  readonly setExtra: (pins: readonly ServicePin[]) => Promise<void>
  readonly logError: (what: string, cause: unknown) => void
}

type Done = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly error: string }

interface Found {
  readonly pin: ServicePin
  readonly source: ListedService["source"]
}

/** Those of the package are in force whatever is said here: of them only a name counts. */
const isInTheWay = (earlier: ServicePin, { pin, source }: Found): boolean =>
  earlier.service === pin.service || (source !== "packed" && shareAPlace(earlier, pin))

const PinsSchema = v.array(ServicePinSchema)

export class ServiceList {
  readonly #ports: ListPorts

  constructor(ports: ListPorts) {
    this.#ports = ports
  }

  /** All of them, also those that the browser does not allow yet. */
  async all(): Promise<readonly ListedService[]> {
    const { packed, managed, loadAdded, isAllowed } = this.#ports
    const found = [
      ...(await packed()).map((pin) => ({ pin, source: "packed" as const })),
      ...this.#pins("the administrator's services", await managed()).map((pin) => ({
        pin,
        source: "managed" as const
      })),
      ...this.#pins("the added services", await loadAdded()).map((pin) => ({ pin, source: "added" as const }))
    ]
    const first: Found[] = []
    for (const one of found) if (!first.some((earlier) => isInTheWay(earlier.pin, one))) first.push(one)
    return Promise.all(
      first.map(async ({ pin, source }) => ({
        pin: { ...pin, publisherKeys: [...pin.publisherKeys] },
        source,
        isAllowed: source === "packed" || (await isAllowed(pin.origin))
      }))
    )
  }

  /** Adds one for the person. Its keys are pinned as they are now. */
  async add(pin: ServicePin): Promise<Done> {
    const all = await this.all()
    const known = all.find((listed) => listed.pin.service === pin.service)
    if (known !== undefined && (known.source !== "added" || known.isAllowed))
      return { ok: false, error: `A service named ${pin.service} is here already, of ${known.pin.origin}.` }
    const rival = rivalText(
      all.map((listed) => listed.pin),
      pin
    )
    if (rival !== null) return { ok: false, error: rival }
    const others = (await this.#added()).filter(({ service }) => service !== pin.service)
    await this.#ports.storeAdded([...others, pin])
    return { ok: true, text: `${pin.service} is kept available here.` }
  }

  /** Takes one away that the person added. */
  async remove(service: string): Promise<Done> {
    const added = await this.#added()
    const rest = added.filter((pin) => pin.service !== service)
    if (rest.length === added.length) return { ok: false, error: `${service} was not added here, so it stays.` }
    await this.#ports.storeAdded(rest)
    return { ok: true, text: `${service} is removed.` }
  }

  /** Puts in force what is allowed; true when that is something else than before. */
  async refresh(): Promise<boolean> {
    const { extra, setExtra } = this.#ports
    const listed = await this.all()
    const wanted = listed.filter(({ source, isAllowed }) => source !== "packed" && isAllowed).map(({ pin }) => pin)
    if (JSON.stringify(wanted) === JSON.stringify(await extra())) return false
    await setExtra(wanted)
    return true
  }

  async #added(): Promise<readonly ServicePin[]> {
    return this.#pins("the added services", await this.#ports.loadAdded())
  }

  #pins(what: string, input: unknown): readonly ServicePin[] {
    if (input === undefined) return []
    const pins = parse(PinsSchema, input)
    if (pins.ok) return pins.value
    this.#ports.logError(what, pins.error)
    return []
  }
}
