/** What is kept beside each XMLHttpRequest that concerns a service: how it was opened, and the platform's answer once there is one. */
import { natives } from "./natives.ts"

/** An answer as XMLHttpRequest shows it, growing through its ready states. */
export interface Shown {
  readyState: number
  response: Response | null
  body: ArrayBuffer
  /** `response` in the form that responseType asks for, made once. */
  parsed: { readonly value: unknown } | null
}

export interface XhrState {
  readonly method: string
  readonly url: URL
  readonly async: boolean
  readonly headers: Headers
  body: Document | XMLHttpRequestBodyInit | null
  /** `send` was called. */
  sent: boolean
  /** The platform's answer replaces the native one. */
  shown: Shown | null
  /** Why the native answer is held back from the page. */
  failed: "closed" | "network" | null
  aborting: AbortController | null
  /** Of a write at the server: called when it has answered. */
  left: (() => void) | null
}

/** States of requests that concern a service; others have none and are the browser's alone. */
export const xhrStates = new WeakMap<XMLHttpRequest, XhrState>()

/** The request that the state stands for, for the platform. */
export const requestOf = (state: XhrState, signal: AbortSignal): Request => {
  const body = state.body instanceof Document ? new XMLSerializer().serializeToString(state.body) : state.body
  return new natives.Request(state.url, {
    method: state.method,
    headers: state.headers,
    body: state.method === "GET" || state.method === "HEAD" ? null : body,
    signal
  })
}

/** The body as `responseType` wants it. */
export const parsedBody = (shown: Shown, type: XMLHttpRequestResponseType): unknown => {
  shown.parsed ??= { value: parseAs(shown, type) }
  return shown.parsed.value
}

const parseAs = ({ body, response }: Shown, type: XMLHttpRequestResponseType): unknown => {
  const contentType = response?.headers.get("content-type") ?? ""
  switch (type) {
    case "arraybuffer":
      return body
    case "blob":
      return new Blob([body], { type: contentType })
    case "json":
      return parseJsonOrNull(body)
    case "document":
      return parseDocument(body, contentType)
    default:
      return new TextDecoder().decode(body)
  }
}

const parseJsonOrNull = (body: ArrayBuffer): unknown => {
  try {
    return JSON.parse(new TextDecoder().decode(body)) as unknown
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

const parseDocument = (body: ArrayBuffer, contentType: string): Document =>
  new DOMParser().parseFromString(
    new TextDecoder().decode(body),
    contentType.startsWith("text/html") ? "text/html" : "application/xml"
  )
