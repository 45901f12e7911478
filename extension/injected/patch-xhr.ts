/**
 * XMLHttpRequest of a page: methods and getters of its one prototype, so that subclasses are covered too. A request for the
 * server is the native one; its failure is held back until the platform was asked. One for the platform is shown through the same object. Keeps SPEC rules ROU-3 to ROU-5.
 */
import { CLOSED_HEADER, IDEMPOTENCY_KEY_HEADER } from "../../shared/protocol/headers.ts"
import { isRead } from "../../shared/protocol/is-read.ts"
import { targetOf } from "./patch-fetch.ts"
import type { PageRequest, PlatformLink } from "./platform-link.ts"
import { isWrite } from "./route-request.ts"
import { uuidV7 } from "./uuid-v7.ts"
import { fire, showAnswer, showEnd } from "./xhr-show.ts"
import { parsedBody, requestOf, xhrStates, type XhrState } from "./xhr-state.ts"
import { natives } from "./natives.ts"

const EVENTS = ["readystatechange", "loadstart", "progress", "load", "error", "timeout", "abort", "loadend"]
const proto = XMLHttpRequest.prototype
const native = {
  open: proto.open,
  send: proto.send,
  abort: proto.abort,
  setRequestHeader: proto.setRequestHeader,
  getResponseHeader: proto.getResponseHeader,
  getAllResponseHeaders: proto.getAllResponseHeaders
}

/** How a request is carried out on the platform: rejects like fetch, null when it is left to the server. */
export type SendToPlatform = (request: Request, because: PageRequest["because"]) => Promise<Response | null>

/**
 * Replaces what XMLHttpRequest does for the services of `ownOrigin`.
 * @param reachesServer false in a local page: everything goes to the platform, which passes on what is the server's
 */
export const patchXhr = (
  link: PlatformLink,
  platform: SendToPlatform,
  ownOrigin: () => string,
  reachesServer: boolean
): void => {
  const status = getter("status")

  const method = <K extends keyof typeof native>(name: K, value: (typeof native)[K]): void => {
    Object.defineProperty(proto, name, { value, writable: true, configurable: true, enumerable: true })
  }

  const open = function open(this: XMLHttpRequest, verb: string, url: string | URL, ...rest: unknown[]): void {
    Reflect.apply(native.open, this, [verb, url, ...rest])
    const before = xhrStates.get(this)
    before?.aborting?.abort()
    // Opened again while it was under way: the native request was ended without an event.
    if (before !== undefined) leave(before)
    xhrStates.delete(this)
    const target = targetOf(url, ownOrigin)
    if (target === null || link.modeOf(target) === "uncovered") return
    xhrStates.set(this, newState(verb, target, rest[0] !== false))
  }
  // The native function has an overload without `async`; ours takes both.
  method("open", open as typeof native.open)

  method("setRequestHeader", function setRequestHeader(this: XMLHttpRequest, name: string, value: string): void {
    native.setRequestHeader.call(this, name, value)
    xhrStates.get(this)?.headers.append(name, value)
  })

  method("send", function send(this: XMLHttpRequest, body?: Document | XMLHttpRequestBodyInit | null): void {
    const state = xhrStates.get(this)
    const mode = state === undefined ? "uncovered" : link.modeOf(state.url)
    if (state === undefined || mode === "uncovered") return native.send.call(this, body)
    if (state.sent) throw new DOMException("The object's state must be OPENED.", "InvalidStateError")
    state.sent = true
    state.body = body ?? null
    addKey(this, state)
    if (reachesServer && (mode === "server" || mode === "unknown")) return sendNatively(this, state)
    if (state.async) return void showOnPlatform(this, state, true)
    link.uncovered(state.url.href, state.method, "synchronous XMLHttpRequest while this browser serves")
    throw new DOMException("A synchronous request cannot be answered while this browser serves.", "NetworkError")
  })

  method("abort", function abort(this: XMLHttpRequest): void {
    const state = xhrStates.get(this)
    if (state?.shown === null || state?.shown === undefined) return native.abort.call(this)
    const under = state.shown.readyState < 4
    state.aborting?.abort()
    state.shown = { readyState: 0, response: null, body: new ArrayBuffer(0), parsed: null }
    if (under) showEnd(this, state, "abort")
    state.shown.readyState = 0
  })

  method("getResponseHeader", function getResponseHeader(this: XMLHttpRequest, name: string): string | null {
    const shown = xhrStates.get(this)?.shown
    return shown ? (shown.response?.headers.get(name) ?? null) : native.getResponseHeader.call(this, name)
  })

  method("getAllResponseHeaders", function getAllResponseHeaders(this: XMLHttpRequest): string {
    const shown = xhrStates.get(this)?.shown
    if (!shown) return native.getAllResponseHeaders.call(this)
    return [...(shown.response?.headers ?? [])].map(([name, value]) => `${name}: ${value}\r\n`).join("")
  })

  show("readyState", (state) => state.shown?.readyState ?? (state.failed === null ? undefined : 1))
  show("status", (state) => state.shown && (state.shown.response?.status ?? 0))
  show("statusText", (state) => state.shown && (state.shown.response?.statusText ?? ""))
  show("responseURL", (state) => state.shown && (state.shown.response?.url ?? ""))
  show("response", (state, xhr) => state.shown && bodyOf(state, xhr.responseType))
  show("responseText", (state, xhr) => {
    if (!state.shown) return undefined
    if (xhr.responseType === "" || xhr.responseType === "text") return bodyOf(state, xhr.responseType)
    throw new DOMException(`responseText is not there for responseType ${xhr.responseType}`, "InvalidStateError")
  })
  show(
    "responseXML",
    (state) => state.shown && (state.shown.readyState === 4 ? parsedBody(state.shown, "document") : null)
  )

  // Listeners of an XMLHttpRequest are called in the order in which they were added, capturing or not: the guard's must be there first.
  const Guarded = new Proxy(window.XMLHttpRequest, {
    construct(target, args, newTarget): object {
      const xhr = Reflect.construct(target, args, newTarget) as XMLHttpRequest
      for (const type of EVENTS) xhr.addEventListener(type, guard)
      return xhr
    }
  })
  Object.defineProperty(window, "XMLHttpRequest", { value: Guarded, writable: true, configurable: true })
  Object.defineProperty(proto, "constructor", { value: Guarded, writable: true, configurable: true })

  /** First listener of every event: lets native events pass unless the platform is asked instead. */
  function guard(this: XMLHttpRequest, event: Event): void {
    const state = xhrStates.get(this)
    if (state === undefined || !event.isTrusted) return
    if (state.shown !== null) return event.stopImmediatePropagation()
    const ready = nativeReadyState.call(this) as number
    if (ready >= 2) leave(state)
    if (ready >= 2 && status.call(this) === 503 && native.getResponseHeader.call(this, CLOSED_HEADER) !== null)
      state.failed = "closed"
    if (event.type === "error") state.failed = "network"
    // Ready state 4 without a status comes before error, timeout and abort alike: it is held back until it is known which.
    const silent = event.type === "readystatechange" && ready === 4 && status.call(this) === 0
    const ownDoing = event.type === "abort" || event.type === "timeout"
    if (ownDoing) fire(this, "readystatechange")
    if (ownDoing || (state.failed === null && !silent)) return
    event.stopImmediatePropagation()
    if (event.type === "loadend") void askInstead(this, state)
  }

  async function askInstead(xhr: XMLHttpRequest, state: XhrState): Promise<void> {
    if ((await link.connected()) && link.modeOf(state.url) !== "uncovered") return showOnPlatform(xhr, state, false)
    showNative(xhr, state)
  }

  async function showOnPlatform(xhr: XMLHttpRequest, state: XhrState, first: boolean): Promise<void> {
    const aborting = new AbortController()
    state.aborting = aborting
    const because = state.failed ?? (link.modeOf(state.url) === "stale" ? "stale" : "routed")
    const declined = await showAnswer(xhr, state, platform(requestOf(state, aborting.signal), because), first)
    if (declined) showNative(xhr, state)
  }

  /** What the server said, or its silence, after all. */
  function showNative(xhr: XMLHttpRequest, state: XhrState): void {
    const failed = state.failed
    state.failed = null
    state.shown = null
    if (failed === null) return sendNatively(xhr, state)
    showEnd(xhr, state, failed === "network" ? "error" : "load")
  }

  function sendNatively(xhr: XMLHttpRequest, state: XhrState): void {
    if (state.async && !isRead(state.method)) state.left = link.atServer(state.method, state.url)
    try {
      native.send.call(xhr, state.body)
    } catch (error) {
      leave(state)
      throw error
    }
  }

  /** Redefines a getter: `undefined` or null from `pick` means the native value. */
  function show(name: keyof XMLHttpRequest, pick: (state: XhrState, xhr: XMLHttpRequest) => unknown): void {
    const original = getter(name)
    const value = function (this: XMLHttpRequest): unknown {
      const state = xhrStates.get(this)
      const shown = state === undefined ? undefined : pick(state, this)
      return shown === undefined || (shown === null && !state?.shown) ? original.call(this) : shown
    }
    Object.defineProperty(proto, name, { get: value, configurable: true, enumerable: true })
  }
}

const getter = (name: keyof XMLHttpRequest): ((this: XMLHttpRequest) => unknown) => {
  const get = Object.getOwnPropertyDescriptor(proto, name)?.get
  if (get === undefined) throw new TypeError(`XMLHttpRequest has no getter ${name}`)
  return get
}

const nativeReadyState = getter("readyState")

const newState = (verb: string, url: URL, async: boolean): XhrState => ({
  method: /^(get|head|post|put|delete|options)$/i.test(verb) ? verb.toUpperCase() : verb,
  url,
  async,
  headers: new natives.Headers(),
  body: null,
  shown: null,
  failed: null,
  sent: false,
  aborting: null,
  left: null
})

const leave = (state: XhrState): void => {
  state.left?.()
  state.left = null
}

const addKey = (xhr: XMLHttpRequest, state: XhrState): void => {
  if (!isWrite(state.method) || state.headers.has(IDEMPOTENCY_KEY_HEADER)) return
  const key = uuidV7()
  state.headers.set(IDEMPOTENCY_KEY_HEADER, key)
  native.setRequestHeader.call(xhr, IDEMPOTENCY_KEY_HEADER, key)
}

const bodyOf = (state: XhrState, type: XMLHttpRequestResponseType): unknown => {
  if (state.shown?.readyState === 4) return parsedBody(state.shown, type)
  return type === "" || type === "text" ? "" : null
}
