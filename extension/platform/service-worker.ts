/**
 * As much of the service worker's global scope as is used: TypeScript's "webworker" library cannot stand beside "dom" in one project.
 */

export interface WindowClient {
  readonly id: string
  readonly url: string
  postMessage(message: unknown, transfer?: Transferable[]): void
}
export interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void
}
/** https://w3c.github.io/ServiceWorker/#service-worker-static-router (Chromium 123) */
export interface InstallEvent extends ExtendableEvent {
  addRoutes(rule: {
    readonly condition: { readonly or: readonly { readonly requestMode: RequestMode }[] }
    readonly source: "network"
  }): Promise<void>
}
export interface FetchEvent extends ExtendableEvent {
  readonly request: Request
  respondWith(response: Promise<Response>): void
}
export interface ExtendableMessageEvent extends ExtendableEvent {
  readonly data: unknown
  readonly ports: readonly MessagePort[]
}
export interface ServiceWorkerGlobalScope {
  readonly clients: {
    matchAll(options: { includeUncontrolled: boolean; type: "window" }): Promise<readonly WindowClient[]>
    claim(): Promise<void>
  }
  skipWaiting(): Promise<void>
  addEventListener(type: "fetch", listener: (event: FetchEvent) => void): void
  addEventListener(type: "message", listener: (event: ExtendableMessageEvent) => void): void
  addEventListener(type: "install", listener: (event: InstallEvent) => void): void
  addEventListener(type: "activate", listener: (event: ExtendableEvent) => void): void
}
