/**
 * Decides what becomes of a page's request and carries it out: natively at the server, on the platform here, or first the
 * one and, when the server is closed or gone, the other under the same key. Exactly one answer. Keeps SPEC rules ROU-3 to ROU-5.
 */
import { CLOSED_HEADER, IDEMPOTENCY_KEY_HEADER } from "../../shared/protocol/headers.ts"
import { isRead } from "../../shared/protocol/is-read.ts"
import { natives } from "./natives.ts"
import { opaqueRedirect, REDIRECT_STATUSES, responseOf } from "./page-answer.ts"
import type { PageRequest, PlatformLink } from "./platform-link.ts"
import { uuidV7 } from "./uuid-v7.ts"

const MAX_REDIRECTS = 20
const SAFE_METHODS = ["GET", "HEAD", "OPTIONS"]

export const isWrite = (method: string): boolean => !SAFE_METHODS.includes(method.toUpperCase())

/** True for the answer of a closed edge. */
export const isClosed = (response: Response): boolean => response.status === 503 && response.headers.has(CLOSED_HEADER)

/** The failure that fetch shows for anything that went wrong on the way. */
const networkError = (): TypeError => new TypeError("Failed to fetch")

/** A request's own parts, body read. @param text the body, where the page gave it as text: reading it back from the request is slow */
const partsOf = async (request: Request, because: PageRequest["because"], text?: string): Promise<PageRequest> => {
  const hasBody = isWrite(request.method)
  const body = !hasBody ? null : text === undefined ? await request.arrayBuffer() : bufferOf(natives.encodeText(text))
  return {
    url: withoutFragment(request.url),
    method: request.method,
    headers: [...request.headers],
    body: body === null || body.byteLength === 0 ? null : body,
    because
  }
}

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>): ArrayBuffer =>
  byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)

/** The request once more, with the body that was read from it. */
const asBefore = (request: Request, { body }: PageRequest): Request =>
  body !== null || request.bodyUsed
    ? new natives.Request(request, { body: body ?? new ArrayBuffer() })
    : new natives.Request(request)

const withoutFragment = (url: string): string => url.split("#", 1)[0] ?? url

/** `request` with a key of its own when it is a write without one. */
export const withKey = (request: Request): Request => {
  if (isWrite(request.method) && !request.headers.has(IDEMPOTENCY_KEY_HEADER))
    request.headers.set(IDEMPOTENCY_KEY_HEADER, uuidV7())
  return request
}

/** @param fromServer how a request goes to the server; null where it cannot (a local page), the platform then passes it on */
export class RequestRouter {
  readonly #link: PlatformLink
  readonly #fromServer: ((request: Request) => Promise<Response>) | null

  constructor(link: PlatformLink, fromServer: ((request: Request) => Promise<Response>) | null) {
    this.#link = link
    this.#fromServer = fromServer
  }

  /** Sends a request to the server first. `spare` is a copy for the platform, null when its body cannot be read twice. */
  serverFirst(
    send: () => Promise<Response>,
    { method, url }: { readonly method: string; readonly url: URL },
    spare: (() => Request) | null
  ): Promise<Response> {
    if (isRead(method)) return this.followed(send(), spare)
    // It has left the server before the platform is asked: a switch that waits for the writes at the server must not wait for it.
    const left = this.#link.atServer(method, url)
    return this.followed(send().finally(left), spare)
  }

  /** The answer to what has been sent to the server. One step and no more: this is what most requests of a page go through. */
  followed(sent: Promise<Response>, spare: (() => Request) | null): Promise<Response> {
    return sent.then(
      (response) => (isClosed(response) ? this.#second(spare, "closed", () => response) : response),
      (error: unknown) => {
        if (!(error instanceof TypeError)) throw error
        return this.#second(spare, "network", () => {
          throw error
        })
      }
    )
  }

  /** Asks the platform; what it leaves to the server goes there. The body is read once: a clone of it costs over a millisecond. */
  async platformFirst(request: Request, because: "routed" | "stale", text?: string): Promise<Response> {
    const parts = await partsOf(request, because, text)
    const response = await this.#ask(parts, request.redirect, request.signal)
    if (response !== null) return response
    if (this.#fromServer === null) throw networkError()
    const again = (): Request => asBefore(request, parts)
    const left = { method: request.method, url: new natives.URL(request.url) }
    return this.serverFirst(() => this.#toServer(again()), left, again)
  }

  /** The platform's answer to a request, null when it leaves it to the server. */
  async onPlatform(request: Request, because: PageRequest["because"]): Promise<Response | null> {
    const { redirect, signal } = request
    return this.#ask(await partsOf(request, because), redirect, signal)
  }

  #toServer(request: Request): Promise<Response> {
    if (this.#fromServer === null) throw networkError()
    return this.#fromServer(request)
  }

  /** After a failure at the server: the platform's answer, or `otherwise` when it has none. */
  async #second(
    spare: (() => Request) | null,
    because: "closed" | "network",
    otherwise: () => Response
  ): Promise<Response> {
    if (spare === null || !(await this.#link.connected())) return otherwise()
    const request = spare()
    if (this.#link.modeOf(new natives.URL(request.url)) === "uncovered") return otherwise()
    return (await this.onPlatform(request, because)) ?? otherwise()
  }

  /** The platform's answer with redirects treated as asked; null when it declined. */
  async #ask(first: PageRequest, redirect: RequestRedirect, signal: AbortSignal): Promise<Response | null> {
    let parts = first
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const answer = await this.#link.ask(parts, signal)
      if (answer.type === "declined") return redirects === 0 ? null : natives.fetch(parts.url, { signal })
      if (answer.type === "failed") throw networkError()
      const response = responseOf(answer, parts.method, parts.url, redirects > 0)
      const location = REDIRECT_STATUSES.includes(response.status) ? response.headers.get("location") : null
      if (location === null) return response
      if (redirect === "manual") return opaqueRedirect(parts.url)
      if (redirect === "error") throw networkError()
      parts = redirectedTo(parts, new natives.URL(location, parts.url), response.status)
      if (this.#link.modeOf(new natives.URL(parts.url)) === "uncovered") return natives.fetch(parts.url, { signal })
    }
    throw networkError()
  }
}

/** The next request of a redirect (Fetch standard, HTTP-redirect fetch): 303, and 301/302 after POST, become GET without body. */
const redirectedTo = (parts: PageRequest, location: URL, status: number): PageRequest => {
  const becomesGet = status === 303 ? parts.method !== "HEAD" : status < 303 && parts.method === "POST"
  const url = withoutFragment(location.href)
  if (!becomesGet) return { ...parts, url }
  const headers = parts.headers.filter(([name]) => !/^(content-|idempotency-key$)/i.test(name))
  return { ...parts, url, method: "GET", body: null, headers }
}
