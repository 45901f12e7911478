/**
 * What the controller of a service remembers across the death of anything: its client id, the sides in force, the policy, who
 * was signed in. Each value is one strict write. Keeps SPEC rules SWI-1, SWI-5, CON-2.
 */
import * as v from "valibot"
import {
  ClientIdSchema,
  SerialSchema,
  SideSchema,
  TimeMsSchema,
  type ClientId,
  type Side
} from "../../shared/protocol/names.ts"
import { parse } from "../../shared/protocol/parse.ts"
import { IdentitySchema, SessionSchema, type Session } from "../../shared/protocol/session.ts"
import { SidesSchema } from "../../shared/switchover/routes.ts"
import type { KeyValue } from "../platform/key-value.ts"

const StoredSidesSchema = v.strictObject({ serial: SerialSchema, sides: SidesSchema })
/** The sides in force, and the policy that they come from. */
export type StoredSides = v.InferOutput<typeof StoredSidesSchema>

const VerifiedSessionSchema = v.strictObject({
  identity: IdentitySchema,
  services: SessionSchema.entries.services,
  verifiedAt: TimeMsSchema
})
/** The last session that the edge vouched for; tickets are not kept. */
export type VerifiedSession = v.InferOutput<typeof VerifiedSessionSchema>

/** When each document was last synced by schedule, ms. */
const LastSyncsSchema = v.record(v.string(), TimeMsSchema)

/** How many epochs are reserved at a time, so that not every table costs a write. */
const EPOCHS_RESERVED = 1000

/** One random id for this installation, made when it is first asked for. */
export const clientIdIn = async (store: KeyValue, newClientId: () => ClientId): Promise<ClientId> => {
  const stored = parse(ClientIdSchema, await store.get("client-id"))
  if (stored.ok) return stored.value
  const client = newClientId()
  await store.set("client-id", client)
  return client
}

export class ServiceStore {
  readonly #store: KeyValue
  readonly #prefix: string
  #epoch = 0
  #reserved = 0

  private constructor(store: KeyValue, service: { readonly service: string; readonly origin: string }) {
    this.#store = store
    this.#prefix = `${service.origin} ${service.service} `
  }

  static async open(
    store: KeyValue,
    service: { readonly service: string; readonly origin: string }
  ): Promise<ServiceStore> {
    const opened = new ServiceStore(store, service)
    const epoch = parse(SerialSchema, await opened.#get("epoch"))
    opened.#epoch = opened.#reserved = epoch.ok ? epoch.value : 0
    await opened.#reserve()
    return opened
  }

  /** What a controller begins with. */
  async stored() {
    const [sides, session, lastSyncs, wish] = await Promise.all([
      this.sides(),
      this.session(),
      this.lastSyncs(),
      this.wish()
    ])
    return { sides, session, lastSyncs, wish }
  }

  async sides(): Promise<StoredSides> {
    const stored = parse(StoredSidesSchema, await this.#get("sides"))
    return stored.ok ? stored.value : { serial: 0, sides: [] }
  }

  setSides(stored: StoredSides): Promise<void> {
    return this.#set("sides", stored)
  }

  /** The side that the person wished for by hand; null: what the policy says. */
  async wish(): Promise<Side | null> {
    const stored = parse(SideSchema, await this.#get("wish"))
    return stored.ok ? stored.value : null
  }

  setWish(wish: Side | null): Promise<void> {
    return this.#set("wish", wish)
  }

  policy(): Promise<unknown> {
    return this.#get("policy")
  }

  setPolicy(held: unknown): Promise<void> {
    return this.#set("policy", held)
  }

  async session(): Promise<VerifiedSession | null> {
    const stored = parse(VerifiedSessionSchema, await this.#get("session"))
    return stored.ok ? stored.value : null
  }

  async setSession({ identity, services }: Session, verifiedAt: number): Promise<VerifiedSession> {
    const stored = { identity, services, verifiedAt }
    await this.#set("session", stored)
    return stored
  }

  async lastSyncs(): Promise<v.InferOutput<typeof LastSyncsSchema>> {
    const stored = parse(LastSyncsSchema, await this.#get("last-syncs"))
    return stored.ok ? stored.value : {}
  }

  setLastSyncs(last: Readonly<Record<string, number>>): Promise<void> {
    return this.#set("last-syncs", last)
  }

  /** Nobody is signed in any more: a new life opens nobody's documents. */
  clearSession(): Promise<void> {
    return this.#set("session", null)
  }

  /** Higher than every one before it, also than those of an earlier life. */
  async nextEpoch(): Promise<number> {
    if (this.#epoch >= this.#reserved) await this.#reserve()
    return ++this.#epoch
  }

  async #reserve(): Promise<void> {
    await this.#set("epoch", this.#reserved + EPOCHS_RESERVED)
    this.#reserved += EPOCHS_RESERVED
  }

  #get(name: string): Promise<unknown> {
    return this.#store.get(this.#prefix + name)
  }

  #set(name: string, value: unknown): Promise<void> {
    return this.#store.set(this.#prefix + name, value)
  }
}
