/**
 * What the platform and an app's Worker say to each other over their port. What comes from the Worker was made beside
 * downloaded code and is checked here, field by field and by size. Keeps SPEC rules CLI-12 and CLI-13.
 */
import * as v from "valibot"
import type { AppUser } from "../../shared/app/app.ts"
import { ReleaseIdSchema } from "../../shared/protocol/names.ts"

/** A request for the app, about one document. */
export interface AppRequest {
  readonly document: string
  readonly method: string
  readonly url: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array<ArrayBuffer> | null
  readonly user: AppUser
  /** ms since 1970. */
  readonly now: number
  readonly effectiveKey: string
  /** Whoever asks takes a long answer as it comes. */
  readonly takesStream?: boolean
  /** The server was asked first and may have done it (APP-54). */
  readonly mayHaveRun: boolean
}

/** To the Worker. */
export type ToWorker =
  /** First message: the release's entry module. Answered by `ready`, with the nonce of this start, or `failed`. */
  | {
      readonly type: "start"
      readonly bundle: Uint8Array<ArrayBuffer>
      readonly nonce: string
      readonly timeLimitMs: number
    }
  | { readonly type: "ask"; readonly id: number; readonly request: AppRequest }
  /** Answer to `load`: all that is durable, and the Yjs client id to write under from now on. */
  | { readonly type: "state"; readonly document: string; readonly state: Uint8Array; readonly clientId: number }
  /** Answer to `commit`; null when the unit is durable, otherwise why it is not. */
  | { readonly type: "committed"; readonly id: number; readonly error: string | null }
  /** A change of others, durable. */
  | { readonly type: "remote"; readonly document: string; readonly update: Uint8Array }
  /** Forget the document; it is loaded again when it is asked about. */
  | { readonly type: "forget"; readonly document: string }
  | { readonly type: "ping"; readonly count: number }

/** Most bytes of an answer's body that are taken into memory. */
export const MAX_BODY_BYTES = 128 * 1024 * 1024
const MAX_HEADERS = 100

const BytesSchema = v.custom<Uint8Array<ArrayBuffer>>(
  (input) => input instanceof Uint8Array && input.length <= MAX_BODY_BYTES,
  "must be bytes"
)
const HeaderNameSchema = v.pipe(
  v.string(),
  v.maxLength(200),
  v.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "must be a header name")
)
const HeaderValueSchema = v.pipe(v.string(), v.maxLength(16_384), v.regex(/^[^\0\r\n]*$/, "must be a header value"))

const answerFields = {
  id: v.number(),
  /** Final answers only: what a page could not be given is the app's fault and stays here. */
  status: v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)),
  headers: v.pipe(v.array(v.tuple([HeaderNameSchema, HeaderValueSchema])), v.maxLength(MAX_HEADERS))
}

export const FromWorkerSchema = v.variant("type", [
  v.strictObject({
    type: v.literal("ready"),
    nonce: v.pipe(v.string(), v.maxLength(64)),
    release: ReleaseIdSchema,
    schema: v.number(),
    reads: v.tuple([v.number(), v.number()])
  }),
  v.strictObject({ type: v.literal("failed"), message: v.pipe(v.string(), v.maxLength(4000)) }),
  v.strictObject({ type: v.literal("load"), document: v.string() }),
  v.strictObject({ type: v.literal("commit"), ...answerFields, body: BytesSchema, update: BytesSchema }),
  v.strictObject({
    type: v.literal("answer"),
    ...answerFields,
    body: v.union([BytesSchema, v.instance(ReadableStream)]),
    discarded: v.boolean(),
    /** Not done: to be asked again when the server's last state is here. */
    waits: v.boolean(),
    failure: v.nullable(v.pipe(v.string(), v.maxLength(4000)))
  }),
  v.strictObject({ type: v.literal("pong"), count: v.number() })
])

/** From the Worker. */
export type FromWorker = v.InferOutput<typeof FromWorkerSchema>
