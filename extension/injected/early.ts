/**
 * The first script of the extension's pages that have a frame in their markup. One that names a script of its page loads it when the frame has
 * begun: until then it would only take the time that the frame's answer needs, in the same thread. Keeps SPEC rule ROU-39.
 */
import { keepEarly } from "../platform/early-messages.ts"

/** A frame whose page says nothing by then gets company, ms. */
const ALONE_MS = 500

const load = (src: string): void => {
  const script = document.createElement("script")
  script.type = "module"
  script.src = src
  document.head.append(script)
}

const loadAfterFrame = (src: string): void => {
  if (document.querySelector("iframe") === null) return load(src)
  const begin = (): void => {
    removeEventListener("message", begin)
    clearTimeout(timer)
    load(src)
  }
  const timer = setTimeout(begin, ALONE_MS)
  addEventListener("message", begin)
}

const then = document.currentScript?.dataset["then"]
keepEarly()
if (then !== undefined) document.addEventListener("DOMContentLoaded", () => loadAfterFrame(then))
