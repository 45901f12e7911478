/**
 * The script of the sandboxed frame in which an app's Worker lives: opaque origin, no extension APIs, a process of its own
 * (docs/findings.md). It starts the Worker, hands it the platform's port, and shows that the process is alive; no
 * downloaded code ever runs in the frame itself. Keeps SPEC rules CLI-15 and CLI-16.
 */

/** The platform's one message to the frame; with it come the Worker's port and the frame's. */
export interface SandboxStart {
  readonly workerCode: string
}

/** The frame's one message to the platform: it listens. */
export const SANDBOX_LISTENS = "locum:sandbox-listens"

/** Waits for the platform's message. */
export const runSandboxFrame = (): void => {
  addEventListener("message", ({ source, data, ports: [workerPort, framePort] }) => {
    if (source !== window.parent || workerPort === undefined || framePort === undefined) return
    // Only the embedder can send here: window.parent was compared.
    const { workerCode } = data as SandboxStart
    // A blob Worker would be no secure context and have no crypto.subtle.
    const worker = new Worker(`data:text/javascript;charset=utf-8,${encodeURIComponent(workerCode)}`)
    worker.onerror = (event) => framePort.postMessage({ type: "error", message: event.message })
    worker.postMessage(null, [workerPort])
    framePort.onmessage = ({ data: ping }) => framePort.postMessage(ping)
  })
  window.parent.postMessage(SANDBOX_LISTENS, "*")
}
