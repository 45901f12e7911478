/**
 * Takes WebRTC from a local page, which no header and no content security policy does (docs/findings.md), and every way to a new realm that would
 * have it again: the text of frames is guarded where the browser's Trusted Types take it, and documents come from nowhere else.
 * Runs before the page's first script; afterwards the page may change every prototype. Keeps SPEC rules CLI-39, CLI-40.
 */
import { guardDocument, guardPiece } from "../../shared/protocol/guard-frames.ts"

/** Trusted Types, as far as they are used here (https://w3c.github.io/trusted-types/). */
interface PolicyRules {
  createHTML(text: string, type: string, sink: string): string | null
  createScript(text: string, type: string, sink: string): string
  createScriptURL(text: string): string
}
interface PolicyFactory {
  createPolicy(name: string, rules: PolicyRules): unknown
}

const { apply } = Reflect
const { exec } = RegExp.prototype
const toText = JSON.stringify

/** Every constructor of WebRTC, those that browsers will learn too. */
const PEERS = /^(?:webkit)?RTC/
/** What makes documents or attributes that Trusted Types do not see, and what could make values that they let pass. */
const WITHHELD: ReadonlySet<string> = new Set(["XSLTProcessor", "trustedTypes"])
/** A sink of the text of a frame, whatever browsers will call it. */
const OF_FRAMES = /srcdoc$/i
/** In XML these make elements and attributes out of text that does not show them. */
const DECLARATION = /<!(?:ENTITY|ATTLIST)/

const rules: PolicyRules = {
  createHTML: (text, _type, sink) => {
    if (apply(exec, OF_FRAMES, [sink]) !== null) return guardDocument(text)
    return apply(exec, DECLARATION, [text]) === null ? guardPiece(text) : null
  },
  // A javascript: URL that ends in a text shows it as a document in a new realm.
  createScript: (text, _type, sink) => (sink === "Location href" ? `void(0,eval)(${toText(text)})` : text),
  createScriptURL: (text) => text
}

/** What a Worker runs first: it inherits the page's need of Trusted Types, and has neither documents nor WebRTC. */
const bootOf = (url: string, ofOwn: boolean): string =>
  "trustedTypes.createPolicy('default',{createHTML:s=>s,createScript:s=>s,createScriptURL:s=>s});URL.revokeObjectURL(location.href);" +
  `try{importScripts(${toText(url)})}finally{${ofOwn ? `URL.revokeObjectURL(${toText(url)})` : ""}}`

/** Classic Workers of the page's own text may go on to evaluate and import as they like. */
const freeWorkers = (): void => {
  const create = URL.createObjectURL.bind(URL)
  const revoke = URL.revokeObjectURL.bind(URL)
  const blobs = new Map<string, Blob>()
  URL.createObjectURL = (of: Blob | MediaSource): string => {
    const url = create(of)
    if (of instanceof Blob) blobs.set(url, of)
    return url
  }
  URL.revokeObjectURL = (url: string): void => {
    blobs.delete(url)
    revoke(url)
  }
  const booted = (url: string): string => {
    // The page may take its URL back as soon as the Worker is made.
    const blob = blobs.get(url)
    if (blob === undefined && !url.startsWith("data:")) return url
    const boot = blob === undefined ? bootOf(url, false) : bootOf(create(blob), true)
    return create(new Blob([boot], { type: "text/javascript" }))
  }
  window.Worker = new Proxy(window.Worker, {
    construct: (target, [url, options]: [unknown, WorkerOptions?], newTarget): object =>
      Reflect.construct(target, [options?.type === "module" ? url : booted(String(url)), options], newTarget) as object
  })
}

/** A request's answer is never a document; what the platform answers is parsed by the page script. */
const withholdDocuments = (): void => {
  const { prototype } = XMLHttpRequest
  const getter = (name: "response" | "responseType"): ((this: XMLHttpRequest) => unknown) => {
    const get = Object.getOwnPropertyDescriptor(prototype, name)?.get
    if (get === undefined) throw new TypeError(`XMLHttpRequest has no getter ${name}`)
    return get
  }
  const response = getter("response")
  const responseType = getter("responseType")
  const replace = (name: string, get: (this: XMLHttpRequest) => unknown): void => {
    Object.defineProperty(prototype, name, { get, configurable: true, enumerable: true })
  }
  replace("response", function response_(this: XMLHttpRequest): unknown {
    return apply(responseType, this, []) === "document" ? null : apply(response, this, [])
  })
  replace("responseXML", () => null)
}

/** Takes away for good: no script of this realm gets it back. */
const withhold = (name: string): void => {
  Object.defineProperty(window, name, { value: undefined, writable: false, configurable: false, enumerable: false })
}

/** Confines the realm that it runs in. */
export const confineRealm = (): void => {
  const { trustedTypes } = window as unknown as { readonly trustedTypes: PolicyFactory }
  for (const name of Object.getOwnPropertyNames(window)) if (PEERS.test(name) || WITHHELD.has(name)) withhold(name)
  trustedTypes.createPolicy("default", rules)
  withholdDocuments()
  freeWorkers()
}
