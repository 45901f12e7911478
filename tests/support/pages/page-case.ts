/** One request of a page, as plain data: it is made the same way on both sides, and what it is to be answered with goes with it. */

/** What the small app answers; it stands in the request's URL. */
export interface AnswerPlan {
  readonly status: number
  readonly statusText?: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: AnswerBody
  /** The answer takes so long. */
  readonly delayMs?: number
}

export type AnswerBody =
  | { readonly kind: "none" }
  | { readonly kind: "text" | "bytes" | "chunks"; readonly size: number }
  | { readonly kind: "given"; readonly text: string }
  /** Bytes that are not UTF-8. */
  | { readonly kind: "latin1"; readonly text: string }

export type BodyPlan =
  | { readonly kind: "none" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "buffer" | "view" | "data-view"; readonly size: number }
  | { readonly kind: "blob"; readonly text: string; readonly type: string }
  | {
      readonly kind: "params" | "form"
      readonly entries: readonly (readonly [string, string])[]
      readonly file: boolean
    }
  | { readonly kind: "document"; readonly type: "text/html" | "application/xml"; readonly text: string }

interface AnyCase {
  readonly method: string
  readonly plan: AnswerPlan
  readonly fragment: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: BodyPlan
}

export const READS = [
  "text",
  "json",
  "arrayBuffer",
  "blob",
  "formData",
  "stream",
  "byob",
  "clone",
  "twice",
  "none"
] as const

export interface FetchCase extends AnyCase {
  readonly api: "fetch"
  /** A Request object is given, not an URL with its parts. */
  readonly asRequest: boolean
  readonly init: {
    readonly redirect?: RequestRedirect
    readonly credentials?: RequestCredentials
    readonly cache?: RequestCache
    readonly mode?: RequestMode
    readonly keepalive?: boolean
    readonly referrerPolicy?: ReferrerPolicy
    readonly integrity?: string
  }
  readonly abort: "never" | "before" | "at-once" | "microtask" | "after-headers" | "after-body"
  readonly ownReason: boolean
  readonly read: (typeof READS)[number]
}

export interface XhrCase extends AnyCase {
  readonly api: "xhr"
  readonly responseType: XMLHttpRequestResponseType
  readonly override: string | null
  readonly timeout: number
  readonly withCredentials: boolean
  readonly listensToUpload: boolean
  readonly abort: "never" | "at-once" | "headers" | "loading" | "done"
  /** Tries what is not allowed then, at each event. */
  readonly meddles: boolean
  /** Sends the same object once more when it is done. */
  readonly again: boolean
}

export type PageCase = FetchCase | XhrCase

/** What a page saw of a case: plain data, to be compared property by property. */
export type Seen = Readonly<Record<string, unknown>>
