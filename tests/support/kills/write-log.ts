/**
 * What the writers of a crash test asked for and were answered: the log that the checker of writes reads. A write whose fate is
 * unknown may be asked for again, as the same request under the same key; it stays one write with one token.
 */
import type { Asked, Outcome } from "../../../scripts/story/check/asked.ts"
import { tokenMaker } from "../../../scripts/story/use/tokens.ts"

/** One request that writes; sent again byte for byte when its answer never came. */
export interface WriteRequest {
  readonly token: string
  readonly document: string
  /** Below the service's mount, without a slash in front. */
  readonly path: string
  readonly key: string
  readonly fields: Readonly<Record<string, string>>
}

interface Entry {
  readonly request: WriteRequest
  readonly at: number
  outcome: Outcome | null
}

export class WriteLog {
  readonly #entries: Entry[] = []
  readonly #newToken: () => string
  readonly #newKey: () => string
  #repeats = 0

  constructor(user: string, newKey: () => string) {
    this.#newToken = tokenMaker(user)
    this.#newKey = newKey
  }

  /** A new write: an event with its token in the title. */
  write(document: string, path: string, date: string): WriteRequest {
    const token = this.#newToken()
    return { token, document, path, key: this.#newKey(), fields: { title: `Event ${token}`, date } }
  }

  /** Notes that a request is sent now. */
  sending(request: WriteRequest): void {
    if (this.#entries.some((entry) => entry.request === request)) this.#repeats++
    else this.#entries.push({ request, at: Date.now(), outcome: null })
  }

  /** Notes how it ended: with an answer, or without one (status 0). A first answer stays. */
  ended({ token }: WriteRequest, status: number, text: string): void {
    const entry = this.#entries.find(({ request }) => request.token === token)
    if (entry === undefined || entry.outcome?.state === "answered") return
    const at = Date.now()
    const isAnswer = status >= 200 && status < 400
    entry.outcome = isAnswer
      ? { state: "answered", at, status, wrong: null, recovered: false }
      : { state: "failed", at, text: `${status} ${text}`.slice(0, 200) }
  }

  /** A write of the last ones whose fate is unknown. */
  unknown(path: RegExp): WriteRequest | undefined {
    return this.#entries
      .slice(-40)
      .find(({ request, outcome }) => outcome?.state === "failed" && path.test(request.path))?.request
  }

  /** The tokens that were answered by now, by document. */
  answered(): ReadonlyMap<string, readonly string[]> {
    const done = this.#entries.filter(({ outcome }) => outcome?.state === "answered").map(({ request }) => request)
    return new Map(
      [...Map.groupBy(done, ({ document }) => document)].map(([name, all]) => [name, all.map(({ token }) => token)])
    )
  }

  /** How often a write of unknown fate was asked for again. */
  get repeats(): number {
    return this.#repeats
  }

  /** Why requests failed, each reason once, with its count. */
  failures(): Readonly<Record<string, number>> {
    const texts = this.#entries.flatMap(({ outcome }) => (outcome?.state === "failed" ? [outcome.text] : []))
    return Object.fromEntries(
      [...Map.groupBy(texts, (text) => text.slice(0, 60))].map(([text, all]) => [text, all.length])
    )
  }

  /** As the checker reads it. */
  get asked(): readonly Asked[] {
    return this.#entries.map(({ request, at, outcome }) => ({
      ask: {
        token: request.token,
        user: request.token.split("-")[0] ?? "",
        kind: request.path.startsWith("api/") ? "fetch" : "form",
        method: "POST",
        at,
        step: "",
        write: { operation: "create", document: request.document }
      },
      outcome
    }))
  }
}
