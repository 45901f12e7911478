/**
 * The platform's side of the sandboxed frame: makes it, talks to its Worker and to the frame itself, takes it away. No event
 * tells when its process died (docs/findings.md): whoever holds it must ask for signs of life. Keeps SPEC rule CLI-16.
 */
import { listen } from "./early-messages.ts"
import { SANDBOX_LISTENS, type SandboxStart } from "./sandbox-frame.ts"

/** A running frame with its Worker. */
export interface AppFrame {
  readonly worker: MessagePort
  /** Echoes what it is sent; says `{ type: "error", message }` when the Worker's script failed. */
  readonly frame: MessagePort
  /** Takes the frame away and its Worker with it. */
  readonly close: () => void
}

/** How long a frame may take to load: a new one lands in a process that may be blocked. */
const LOAD_LIMIT_MS = 5000

/** Opens a frame. `pageUrl`: the packaged sandbox page; `workerCode`: the Worker's whole text. Rejects when it does not load. */
export const openAppFrame = (pageUrl: string, workerCode: string): Promise<AppFrame> =>
  new Promise((resolve, reject) => {
    const element = frameInMarkup() ?? newFrame(pageUrl)
    const timer = setTimeout(() => {
      stop()
      element.remove()
      reject(new Error(`the app's frame did not load in ${LOAD_LIMIT_MS} ms`))
    }, LOAD_LIMIT_MS)
    const stop = listen(({ source, data }) => {
      if (source !== element.contentWindow || data !== SANDBOX_LISTENS) return
      clearTimeout(timer)
      queueMicrotask(() => stop())
      const [worker, frame] = [new MessageChannel(), new MessageChannel()]
      const start: SandboxStart = { workerCode }
      // The frame's origin is opaque: it cannot be named as the target.
      element.contentWindow?.postMessage(start, "*", [worker.port2, frame.port2])
      resolve({ worker: worker.port1, frame: frame.port1, close: () => element.remove() })
    })
  })

/** The frame that the document had before its script ran (scripts/extension/finish-pages.ts); the first who asks gets it. */
const frameInMarkup = (): HTMLIFrameElement | null => {
  const element = document.querySelector<HTMLIFrameElement>("iframe[data-first]")
  element?.removeAttribute("data-first")
  return element
}

const newFrame = (pageUrl: string): HTMLIFrameElement => {
  const element = document.createElement("iframe")
  element.hidden = true
  element.src = pageUrl
  document.body.append(element)
  return element
}

/** Opens frames for apps. The first one is opened at once, before anybody knows what is to run in it. Keeps SPEC rule CLI-42. */
export class FrameStock {
  readonly #open: () => Promise<AppFrame>
  #ready: Promise<AppFrame | null> | null

  constructor(open: () => Promise<AppFrame>) {
    this.#open = open
    // One that does not come is opened again for whoever asks, and fails for him.
    this.#ready = open().catch(() => null)
  }

  async take(): Promise<AppFrame> {
    const ready = this.#ready
    this.#ready = null
    return (await ready) ?? this.#open()
  }

  /** Nobody is going to ask soon. */
  letGo(): void {
    void this.#ready?.then((frame) => frame?.close())
    this.#ready = null
  }
}
