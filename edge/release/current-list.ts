/**
 * The list of what is current, signed by the online key: made anew each minute that somebody asks, so that a list which somebody withholds
 * or repeats is soon known to be old. Keeps SPEC rule REL-14.
 */
import { PAYLOAD_TYPE, payloadOf, sealEnvelope, type Envelope, type SignBytes } from "../../shared/protocol/envelope.ts"
import { CURRENT_FOR_MS, type CurrentList } from "../../shared/release/current-list.ts"
import type { PublishedService } from "../platform/published.ts"

const MINUTE_MS = 60_000

export interface ListPorts {
  readonly now: () => number
  readonly sha256: (bytes: Uint8Array) => Promise<string>
  readonly signer: () => Promise<{ readonly key: { readonly id: string }; readonly sign: SignBytes }>
}

type Listed = Pick<PublishedService, "name" | "releases" | "roots" | "signedDefinition">

export class CurrentLists {
  readonly #ports: ListPorts
  /** By service: the minute that it is of, and the list. */
  readonly #made = new Map<string, { readonly minute: number; readonly list: Promise<Envelope> }>()

  constructor(ports: ListPorts) {
    this.#ports = ports
  }

  /** The list of a service, as of this minute. */
  of(service: Listed): Promise<Envelope> {
    const minute = Math.floor(this.#ports.now() / MINUTE_MS)
    const made = this.#made.get(service.name)
    if (made?.minute === minute) return made.list
    const list = this.#make(service, minute)
    this.#made.set(service.name, { minute, list })
    return list
  }

  async #make({ name, releases, roots, signedDefinition }: Listed, minute: number): Promise<Envelope> {
    const { sha256, signer } = this.#ports
    const { key, sign } = await signer()
    const issued = minute * MINUTE_MS
    const list: CurrentList = {
      format: 1,
      service: name,
      version: minute,
      root: roots.length,
      definition: await sha256(payloadOf(signedDefinition)),
      releases: releases.map(({ release, serial, digest }) => ({ release, serial, digest })),
      issued,
      expires: issued + CURRENT_FOR_MS
    }
    return sealEnvelope(PAYLOAD_TYPE.current, list, key.id, sign)
  }
}
