/** Runs cases in a page and tells what the page saw. Bundled as a script of its own: it takes nothing from the test but the cases. */
import { hashOf } from "./echo.ts"
import type { BodyPlan, FetchCase, PageCase, Seen, XhrCase } from "./page-case.ts"

/** How many cases are under way at once. */
const AT_ONCE = 6
/** Nothing takes longer; what does is told as silence. */
const SILENT_AFTER_MS = 20_000

const base = (): string => new URL(document.baseURI).origin
const urlOf = ({ plan, fragment }: PageCase): string =>
  `/guest/echo?${encodeURIComponent(JSON.stringify(plan))}${fragment}`
const local = (url: string): string => url.replace(base(), "")

const letters = (size: number): Uint8Array<ArrayBuffer> => {
  const all = new Uint8Array(size)
  for (let at = 0; at < size; at++) all[at] = (at * 7 + 65) & 127
  return all
}

const bodyOf = (body: BodyPlan): BodyInit | null => {
  switch (body.kind) {
    case "none":
      return null
    case "text":
      return body.text
    case "buffer":
      return letters(body.size).buffer
    case "view":
      return letters(body.size + 8).subarray(3, body.size + 3)
    case "data-view":
      return new DataView(letters(body.size + 8).buffer, 2, body.size)
    case "blob":
      return new Blob([body.text], { type: body.type })
    case "params":
      return new URLSearchParams(body.entries.map(([name, value]): [string, string] => [name, value]))
    case "form": {
      const form = new FormData()
      for (const [name, value] of body.entries) form.append(name, value)
      if (body.file) form.append("file", new File(["a file's text\r\n"], "näme.txt", { type: "text/x-own" }))
      return form
    }
    case "document":
      return null
  }
}

const nameOf = (error: unknown): string =>
  error instanceof DOMException
    ? `DOMException ${error.name}`
    : error instanceof Error
      ? error.name
      : `thrown ${String(error)}`

const visible = (headers: Headers): readonly string[] => [...headers].map(([name, value]) => `${name}: ${value}`)

/** What the app says of what reached it. */
const reached = (header: string | null): unknown =>
  header === null ? null : (JSON.parse(decodeURIComponent(header)) as unknown)

const bytesSeen = (bytes: Uint8Array): string => `${bytes.length} ${hashOf(bytes)}`

const readStream = async (body: ReadableStream<Uint8Array> | null, byob: boolean): Promise<string> => {
  if (body === null) return "no body"
  const parts: BlobPart[] = []
  if (byob) {
    const reader = body.getReader({ mode: "byob" })
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(5000))
      if (value !== undefined) parts.push(value.slice())
      if (done) break
    }
  } else {
    const reader = body.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      parts.push(value.slice())
    }
  }
  return bytesSeen(new Uint8Array(await new Blob(parts).arrayBuffer()))
}

const readAs = async (response: Response, read: FetchCase["read"]): Promise<unknown> => {
  switch (read) {
    case "text":
      return response.text()
    case "json":
      return response.json()
    case "arrayBuffer":
      return bytesSeen(new Uint8Array(await response.arrayBuffer()))
    case "blob": {
      const blob = await response.blob()
      return `${blob.type} ${blob.size} ${await blob.text()}`
    }
    case "formData":
      return [...(await response.formData())].map(([name, value]) => [
        name,
        typeof value === "string" ? value : value.name
      ])
    case "stream":
      return readStream(response.body, false)
    case "byob":
      return readStream(response.body, true)
    case "clone": {
      const clone = response.clone()
      const [one, two] = await Promise.all([response.text(), clone.text()])
      const alike = clone.url === response.url && clone.type === response.type && clone.status === response.status
      return [one === two, alike, clone.redirected === response.redirected, clone.ok, one]
    }
    case "twice":
      await response.text()
      return response.text()
    case "none":
      return null
  }
}

const changing = (headers: Headers): string => {
  try {
    headers.append("x-changed", "1")
    return "changed"
  } catch (error) {
    return nameOf(error)
  }
}

const runFetch = async (each: FetchCase): Promise<Seen> => {
  const aborting = new AbortController()
  const abort = (): void => (each.ownReason ? aborting.abort("an own reason") : aborting.abort())
  const body = bodyOf(each.body)
  const init: RequestInit = {
    method: each.method,
    headers: each.headers.map(([name, value]): [string, string] => [name, value]),
    ...(body === null ? {} : { body }),
    ...(each.abort === "never" ? {} : { signal: aborting.signal }),
    ...each.init
  }
  const seen: Record<string, unknown> = {}
  try {
    if (each.abort === "before") abort()
    const asked = each.asRequest ? fetch(new Request(urlOf(each), init)) : fetch(urlOf(each), init)
    if (each.abort === "at-once") abort()
    if (each.abort === "microtask") void Promise.resolve().then(abort)
    const response = await asked
    if (each.abort === "after-headers") abort()
    const { status, statusText, ok, type, redirected } = response
    Object.assign(seen, { status, statusText, ok, type, redirected, url: local(response.url) })
    Object.assign(seen, { hasBody: response.body !== null, used: response.bodyUsed })
    seen["immutable"] = changing(response.headers)
    seen["headers"] = visible(response.headers).filter((line) => !line.startsWith("x-seen"))
    seen["reached"] = reached(response.headers.get("x-seen"))
    try {
      seen["read"] = await readAs(response, each.read)
    } catch (error) {
      seen["read"] = nameOf(error)
    }
    seen["usedAfter"] = response.bodyUsed
    if (each.abort === "after-body") abort()
  } catch (error) {
    seen["failed"] = nameOf(error)
  }
  return seen
}

const PLAIN_EVENTS = [
  "readystatechange",
  "loadstart",
  "progress",
  "load",
  "error",
  "timeout",
  "abort",
  "loadend"
] as const

const tried = (act: () => unknown): string => {
  try {
    const given = act()
    return typeof given === "string" ? `gave ${given.slice(0, 200)}` : `gave ${typeof given}`
  } catch (error) {
    return nameOf(error)
  }
}

const responseSeen = async (xhr: XMLHttpRequest): Promise<unknown> => {
  const response = xhr.response as unknown
  if (response instanceof ArrayBuffer) return `buffer ${bytesSeen(new Uint8Array(response))}`
  if (response instanceof Blob) return `blob ${response.type} ${await response.text()}`
  if (response instanceof Document)
    return `document ${response.contentType} ${response.characterSet} ${local(response.URL)} ${new XMLSerializer().serializeToString(response)}`
  return typeof response === "string" ? `text ${response}` : (JSON.stringify(response) ?? String(response))
}

const finalState = async (xhr: XMLHttpRequest): Promise<Seen> => {
  const { readyState, status, statusText, responseURL } = xhr
  const headers = xhr.getAllResponseHeaders()
  return {
    readyState,
    status,
    statusText,
    url: local(responseURL),
    response: await responseSeen(xhr),
    same: xhr.response === xhr.response || xhr.responseType === "json",
    text: tried(() => xhr.responseText),
    xml: tried(() => {
      const document = xhr.responseXML
      return document === null ? "null" : `${document.contentType} ${document.documentElement.outerHTML}`
    }),
    headers: headers.split("\r\n").filter((line) => !line.startsWith("x-seen") && line !== ""),
    one: xhr.getResponseHeader("X-Own"),
    cookie: xhr.getResponseHeader("set-cookie"),
    reached: reached(xhr.getResponseHeader("x-seen"))
  }
}

/** How often progress is told, and how much there was then, is a matter of time: of what repeats, the last is told. */
const collapsed = (events: readonly string[]): readonly string[] => {
  const kept: string[] = []
  for (const line of events) {
    const [kind = ""] = /^(?:progress|readystatechange 3|upload-progress)/.exec(line) ?? []
    const before = kind === "" ? -1 : kept.findIndex((other) => other.startsWith(kind))
    if (before >= 0) kept.splice(before, 1)
    kept.push(line)
  }
  return kept
}

const lineOf = (event: Event, xhr: XMLHttpRequest): string => {
  const { loaded, total, lengthComputable } = event as ProgressEvent
  if (event.type === "progress") return `of ${total} ${lengthComputable}`
  const progress = event instanceof ProgressEvent ? ` ${loaded}/${total} ${lengthComputable}` : ""
  const isText = xhr.readyState !== 3 && (xhr.responseType === "" || xhr.responseType === "text")
  return `${xhr.readyState}${progress} ${xhr.status}${isText ? ` ${xhr.responseText.length}` : ""}`
}

const sending = (each: XhrCase): Document | XMLHttpRequestBodyInit | null =>
  each.body.kind === "document"
    ? new DOMParser().parseFromString(each.body.text, each.body.type)
    : (bodyOf(each.body) as XMLHttpRequestBodyInit | null)

const runXhr = async (each: XhrCase): Promise<Seen> => {
  const xhr = new XMLHttpRequest()
  const events: string[] = []
  const meddled: string[] = []
  /** In the event of an object that has just been opened it would send, and then be sent again. */
  const meddle = (at: string): void => {
    if (!each.meddles || at === "readystatechange 1") return
    meddled.push(
      `${at}: ${[
        tried(() => xhr.setRequestHeader("x-late", "1")),
        tried(() => (xhr.responseType = each.responseType)),
        tried(() => xhr.overrideMimeType("text/plain")),
        tried(() => xhr.send()),
        tried(() => (xhr.withCredentials = each.withCredentials)),
        tried(() => xhr.getResponseHeader("x-own")),
        tried(() => String(xhr.status)),
        tried(() => xhr.responseURL.length > 0)
      ].join(", ")}`
    )
  }
  const ended = new Promise<void>((resolve) => {
    const times = { left: each.again ? 2 : 1 }
    for (const type of PLAIN_EVENTS)
      xhr.addEventListener(type, (event) => {
        events.push(`${type} ${lineOf(event, xhr)}`)
        if (type === "readystatechange" || type === "loadstart") meddle(`${type} ${xhr.readyState}`)
        const aborts =
          (each.abort === "headers" && type === "readystatechange" && xhr.readyState === 2) ||
          (each.abort === "loading" && type === "readystatechange" && xhr.readyState === 3) ||
          (each.abort === "done" && type === "load")
        if (aborts) {
          xhr.abort()
          events.push(`aborted ${xhr.readyState} ${xhr.status}`)
          if (each.abort === "done") resolve()
        }
        if (type !== "loadend") return
        if (--times.left === 0) return resolve()
        xhr.open(each.method, urlOf(each))
        xhr.send(sending(each))
      })
    if (each.listensToUpload)
      for (const type of PLAIN_EVENTS.slice(1))
        xhr.upload.addEventListener(type, (event) => {
          const { loaded, total, lengthComputable } = event as ProgressEvent
          events.push(`upload-${type} ${xhr.readyState} ${loaded}/${total} ${lengthComputable}`)
        })
  })
  const seen: Record<string, unknown> = {}
  try {
    meddle("new")
    xhr.open(each.method, urlOf(each))
    xhr.responseType = each.responseType
    xhr.withCredentials = each.withCredentials
    xhr.timeout = each.timeout
    for (const [name, value] of each.headers) xhr.setRequestHeader(name, value)
    if (each.override !== null) xhr.overrideMimeType(each.override)
    meddleOnOpened(xhr, each)
    xhr.send(sending(each))
    meddle("sent")
    if (each.abort === "at-once") {
      xhr.abort()
      events.push(`aborted ${xhr.readyState} ${xhr.status}`)
    }
    await ended
    Object.assign(seen, await finalState(xhr))
  } catch (error) {
    seen["failed"] = nameOf(error)
  }
  return { ...seen, events: collapsed(events), meddled: collapsed(meddled) }
}

/** An object that is opened again before it is sent keeps nothing of before. */
const meddleOnOpened = (xhr: XMLHttpRequest, each: XhrCase): void => {
  if (!each.meddles || each.headers.length > 0 || each.override !== null) return
  xhr.setRequestHeader("x-before", "1")
  xhr.open(each.method, urlOf(each))
}

const silence = (): Promise<Seen> =>
  new Promise((resolve) => setTimeout(() => resolve({ failed: "silence" }), SILENT_AFTER_MS))

const runAll = async (cases: readonly PageCase[]): Promise<readonly Seen[]> => {
  const seen: Seen[] = []
  let next = 0
  const work = async (): Promise<void> => {
    for (let at = next++; at < cases.length; at = next++) {
      const each = cases[at]
      if (each === undefined) return
      const ran = each.api === "fetch" ? runFetch(each) : runXhr(each)
      seen[at] = await Promise.race([ran, silence()])
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return seen
}

Reflect.set(window, "runPageCases", runAll)
