/**
 * What the person at this browser has done by hand: sync now, and the side that serves while the policy allows it. A wish is stored
 * before it counts; one that is not allowed now is refused with the reason. Keeps SPEC rules CON-20, CON-21.
 */
import type { ClientPolicy } from "../../shared/policy/client-policy.ts"
import type { ClientState } from "../../shared/policy/decide.ts"
import { wishObstacle } from "../../shared/policy/wish-obstacle.ts"
import type { Side } from "../../shared/protocol/names.ts"
import type { AsideReply } from "../platform/aside-lot.ts"
import type { ServicePlatform } from "../platform/client-platform.ts"
import type { ServiceAct } from "../platform/service-act.ts"
import type { Trouble } from "../platform/service-status.ts"
import type { ServiceStore } from "./service-store.ts"

export interface ByHandPorts {
  readonly store: Pick<ServiceStore, "setWish">
  readonly platform: Pick<ServicePlatform, "sync">
  readonly policy: () => ClientPolicy | null
  /** What the decision is made from, this client's fitness included. */
  readonly state: () => ClientState
  /** Who answers the service's mount now. */
  readonly side: () => Side
  /** Aims at what is wanted now, and resolves when that is settled or takes long. */
  readonly settle: () => Promise<void>
  readonly trouble: () => Trouble | null
}

const SAID: Record<Side, string> = { client: "This browser answers now.", server: "The server answers now." }

export class ByHand {
  readonly #ports: ByHandPorts
  #wish: Side | null

  constructor(ports: ByHandPorts, stored: Side | null) {
    this.#ports = ports
    this.#wish = stored
  }

  /** The side that was wished for; null: what the policy says. */
  get wish(): Side | null {
    return this.#wish
  }

  /** Why the other side cannot be wished for now; null when it can. */
  get obstacle(): string | null {
    const { policy, side, state } = this.#ports
    return wishObstacle(policy(), side() === "client" ? "server" : "client", state())
  }

  /** Does it; an error is a sentence for the person. */
  async act(act: Exclude<ServiceAct, "export">): Promise<AsideReply> {
    if (act === "sync") return this.#sync()
    return act === "policy" ? this.#release() : this.#wishFor(act)
  }

  async #sync(): Promise<AsideReply> {
    const done = await this.#ports.platform.sync()
    return done.ok
      ? { ok: true, text: "Everything is on the server and here." }
      : { ok: false, error: `Not yet: ${done.refusal.text}. It is tried again without you.` }
  }

  async #release(): Promise<AsideReply> {
    await this.#set(null)
    return { ok: true, text: SAID[this.#ports.side()] }
  }

  async #wishFor(wish: Side): Promise<AsideReply> {
    const { policy, side, state, trouble } = this.#ports
    const obstacle = wishObstacle(policy(), wish, state())
    if (obstacle !== null) return { ok: false, error: obstacle }
    await this.#set(wish)
    if (side() === wish) return { ok: true, text: SAID[wish] }
    return { ok: false, error: `Not yet: ${trouble()?.text ?? "it takes longer"}. It is tried again without you.` }
  }

  async #set(wish: Side | null): Promise<void> {
    await this.#ports.store.setWish(wish)
    this.#wish = wish
    await this.#ports.settle()
  }
}
