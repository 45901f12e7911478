/**
 * `<mount>.locum/changes`: a server-sent stream that says that the document changed, not how. Keeps SPEC rule DOC-15.
 */

const tick = new TextEncoder().encode("data: changed\n\n")
const greeting = new TextEncoder().encode("retry: 1000\n\n")

export class ChangeTicks {
  /** Who listens on which stream. */
  readonly #listeners = new Map<ReadableStreamDefaultController<Uint8Array>, string>()

  /** The answer that one page of somebody listens to. */
  subscribe(user: string): Response {
    let listener: ReadableStreamDefaultController<Uint8Array>
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        listener = controller
        this.#listeners.set(controller, user)
        controller.enqueue(greeting)
      },
      cancel: () => void this.#listeners.delete(listener)
    })
    return new Response(body, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } })
  }

  /** Tells everybody; whoever has an unread tick needs no second one. */
  send(): void {
    for (const listener of this.#listeners.keys()) {
      const room = listener.desiredSize
      if (room === null) this.#listeners.delete(listener)
      else if (room >= 0) listener.enqueue(tick)
    }
  }

  /** Ends the streams of somebody who may not listen any more. */
  end(user: string): void {
    for (const [listener, who] of this.#listeners) {
      if (who !== user) continue
      this.#listeners.delete(listener)
      listener.close()
    }
  }
}
