/** Bodies of form posts on their way from one side to the other, stored under a token until they are used (F20). */
import * as v from "valibot"
import { parse } from "../../shared/protocol/parse.ts"
import type { KeyValue } from "../platform/key-value.ts"
import type { HeldPost } from "../platform/messages.ts"

const PREFIX = "post/"
/** A body that nobody asked for is forgotten after this. */
const KEPT_MS = 24 * 3600_000

const HeldPostSchema = v.strictObject({
  url: v.string(),
  contentType: v.string(),
  body: v.instance(ArrayBuffer),
  at: v.number(),
  mayHaveRun: v.optional(v.boolean(), false)
})

export interface HeldPostPorts {
  readonly open: () => Promise<KeyValue>
  readonly now: () => number
  readonly newToken: () => string
}

/** The bodies of one extension. */
export class HeldPosts {
  readonly #ports: HeldPostPorts
  #opening: Promise<KeyValue> | null = null

  constructor(ports: HeldPostPorts) {
    this.#ports = ports
  }

  /** Stores a body durably; returns its token. */
  async keep(post: Omit<HeldPost, "at">): Promise<string> {
    const token = this.#ports.newToken()
    await (await this.#store()).set(PREFIX + token, { ...post, at: this.#ports.now() })
    return token
  }

  /** The body of a token. It stays until it is old: a repeat carries the same idempotency key and does no harm, a loss would. */
  async take(token: string): Promise<HeldPost | null> {
    if (!/^[0-9a-f]{32}$/.test(token)) return null
    const stored = parse(HeldPostSchema, await (await this.#store()).get(PREFIX + token))
    return stored.ok ? stored.value : null
  }

  /** The body of a token, which is then forgotten: for the server, which may know no idempotency key. */
  async takeOnce(token: string): Promise<HeldPost | null> {
    const post = await this.take(token)
    if (post !== null) await (await this.#store()).delete(PREFIX + token)
    return post
  }

  /** Forgets what is old. */
  async sweep(): Promise<void> {
    const store = await this.#store()
    for (const [key, value] of await store.entries(PREFIX)) {
      const stored = parse(HeldPostSchema, value)
      if (!stored.ok || stored.value.at < this.#ports.now() - KEPT_MS) await store.delete(key)
    }
  }

  #store(): Promise<KeyValue> {
    return (this.#opening ??= this.#ports.open())
  }
}
