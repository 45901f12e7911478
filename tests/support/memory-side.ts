/**
 * One side in memory: an app behind the whole way of a request (document, key, unit of work), for one person. Two of them with
 * the same documents are a server and a client that merge.
 */
import { effectiveKey, readKey } from "../../shared/app/idempotency.ts"
import { resolveDocument, type ServiceDefinition } from "../../shared/app/service.ts"
import type { App, AppUser } from "../../shared/app/app.ts"
import { digest, MemoryPlatform } from "./memory-platform.ts"

export const ORIGIN = "http://service.test"

export class MemorySide {
  readonly origin = ORIGIN
  readonly #service: ServiceDefinition
  readonly #app: App
  readonly #user: AppUser
  readonly #now: () => Date
  readonly #documents = new Map<string, MemoryPlatform>()

  constructor(service: ServiceDefinition, app: App, user: AppUser, now: () => Date = () => new Date()) {
    this.#service = service
    this.#app = app
    this.#user = user
    this.#now = now
  }

  async fetch(request: Request): Promise<Response> {
    const { method, url, headers } = request
    const found = resolveDocument(this.#service, new URL(url).pathname, this.#user.id)
    if (!found.ok) return new Response(found.error, { status: 404 })
    const body = new Uint8Array(await request.clone().arrayBuffer())
    const carried = await readKey(headers, body)
    if (!carried.ok) return new Response(carried.error, { status: 400 })
    const keyed = {
      service: this.#service.name,
      document: found.value,
      user: this.#user.id,
      key: carried.value ?? crypto.randomUUID()
    }
    const key = await effectiveKey({ ...keyed, method, url, contentType: headers.get("content-type"), body }, digest)
    const input = { user: this.#user, now: this.#now(), effectiveKey: key }
    const answer = await this.#platform(found.value).work.run(this.#app, request, input)
    const content = answer.status === 204 || method === "HEAD" ? null : (answer.body as BodyInit)
    return new Response(content, {
      status: answer.status,
      headers: answer.headers.map(([name, value]): [string, string] => [name, value])
    })
  }

  /** Takes over all that is durable on another side, as a merge does. */
  async merge(other: MemorySide): Promise<void> {
    for (const [document, platform] of other.#documents) {
      const mine = this.#platform(document)
      for (const update of platform.durable()) {
        mine.remote.push(update)
        await mine.work.applyRemote(update)
      }
    }
  }

  #platform(document: string): MemoryPlatform {
    const platform = this.#documents.get(document) ?? new MemoryPlatform()
    this.#documents.set(document, platform)
    return platform
  }
}
