/** Posting between the extension's contexts: a message with a port of its own, on which the one reply comes. */
import { lookEvery } from "./look-alarm.ts"
import type { PlatformMessage, WorkerMessage } from "./messages.ts"
import type { ServiceWorkerGlobalScope, WindowClient } from "./service-worker.ts"

/** A reply that did not come: the other context is gone or hangs. */
export class NoReplyError extends Error {}

interface Postable {
  postMessage(message: unknown, transfer: Transferable[]): void
}

const exchange = (
  to: Postable,
  message: unknown,
  withinMs: number,
  transfer: readonly Transferable[]
): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const channel = new MessageChannel()
    const end = (): void => {
      clearTimeout(timer)
      channel.port1.close()
    }
    const timer = setTimeout(() => {
      end()
      reject(new NoReplyError(`no reply within ${withinMs} ms to ${JSON.stringify(message).slice(0, 100)}`))
    }, withinMs)
    channel.port1.onmessage = (event: MessageEvent<unknown>) => {
      end()
      resolve(event.data)
    }
    to.postMessage(message, [channel.port2, ...transfer])
  })

/**
 * The service worker as it is now: at the start of the browser an unpacked extension is registered anew, and what was posted to the worker
 * before that is lost without a word.
 */
const activeWorker = async (): Promise<ServiceWorker> => {
  const registration = await navigator.serviceWorker.getRegistration()
  const active = registration?.active ?? (await navigator.serviceWorker.ready).active
  if (active === null) throw new NoReplyError("the extension has no active service worker")
  return active
}

/** A message without a port to hand on is posted again after this, ms: all of them may be repeated. */
const ASK_AGAIN_MS = 2000

/** From any page of the extension: asks the service worker, which is started if need be. */
export const askWorker = async (
  message: WorkerMessage,
  withinMs: number,
  transfer: readonly Transferable[] = []
): Promise<unknown> => {
  if (transfer.length > 0) return exchange(await activeWorker(), message, withinMs, transfer)
  for (let left = withinMs; ; left -= ASK_AGAIN_MS) {
    try {
      return await exchange(await activeWorker(), message, Math.min(left, ASK_AGAIN_MS), [])
    } catch (error) {
      if (!(error instanceof NoReplyError) || left <= ASK_AGAIN_MS) throw error
    }
  }
}

/** The same for what is not to be repeated: asked once. */
export const askWorkerOnce = async (message: WorkerMessage, withinMs: number): Promise<unknown> =>
  exchange(await activeWorker(), message, withinMs, [])

const OFFSCREEN_PATH = "tabs/offscreen.html"
const LOOK_EVERY_MS = 60_000
let creating: Promise<void> | null = null
/** While the offscreen document is being closed. */
let closing: Promise<void> | null = null
/** Questions to the offscreen document that have no answer yet. */
let asking = 0

const platformClient = async (): Promise<WindowClient | undefined> => {
  const url = chrome.runtime.getURL(OFFSCREEN_PATH)
  const scope = self as unknown as ServiceWorkerGlobalScope
  const clients = await scope.clients.matchAll({ includeUncontrolled: true, type: "window" })
  return clients.find((client) => client.url.startsWith(url))
}

const createPlatform = async (): Promise<void> => {
  // Before it is there: a document that crashes is brought back, whatever this worker lives through.
  await lookEvery(LOOK_EVERY_MS)
  try {
    await chrome.offscreen.createDocument({
      url: OFFSCREEN_PATH,
      reasons: [chrome.offscreen.Reason.WORKERS],
      justification: "Runs the service's app and keeps its data in sync while the server is away."
    })
  } catch (error) {
    // Another event of this service worker, or one before it, was quicker.
    if (!(await chrome.offscreen.hasDocument())) throw error
  }
}

/** In the service worker: makes sure that the offscreen document is there. */
export const ensurePlatform = async (): Promise<void> => {
  await closing
  if (await chrome.offscreen.hasDocument()) return
  creating ??= createPlatform().finally(() => (creating = null))
  await creating
}

const PLATFORM_LOOKS = 50
const PLATFORM_LOOK_MS = 20

/** In the service worker: asks the offscreen document, which is made if need be. */
export const askPlatform = async (
  message: PlatformMessage,
  withinMs: number,
  transfer: readonly Transferable[] = []
): Promise<unknown> => {
  asking++
  try {
    return await exchange(await findPlatform(), message, withinMs, transfer)
  } finally {
    asking--
  }
}

/**
 * In the service worker: closes the offscreen document, to be made again in `dueInMs` at the latest (null: when it is asked for). Not while somebody
 * waits for an answer of it. True when it was closed.
 */
export const restPlatform = async (dueInMs: number | null): Promise<boolean> => {
  if (asking > 0 || closing !== null) return false
  closing = lookEvery(dueInMs)
    .then(() => chrome.offscreen.closeDocument())
    .finally(() => (closing = null))
  await closing
  return true
}

const BUSY_LOOKS = 100
const BUSY_LOOK_MS = 50

/** In the service worker: has the offscreen document made anew, when nobody waits for an answer of it or that takes long. */
export const restartPlatform = async (): Promise<void> => {
  for (let look = 0; asking > 0 && look < BUSY_LOOKS; look++)
    await new Promise((resolve) => setTimeout(resolve, BUSY_LOOK_MS))
  await closing
  if (await chrome.offscreen.hasDocument()) {
    closing = chrome.offscreen.closeDocument().finally(() => (closing = null))
    await closing
  }
  await ensurePlatform()
}

const findPlatform = async (): Promise<WindowClient> => {
  for (let look = 0; look < PLATFORM_LOOKS; look++) {
    await closing
    const client = await platformClient()
    if (client !== undefined) return client
    if (look > 0) await new Promise((resolve) => setTimeout(resolve, PLATFORM_LOOK_MS))
    await ensurePlatform()
  }
  throw new NoReplyError("the offscreen document did not appear")
}

/** In the service worker: tells every bridge and shell. */
export const tellPages = async (message: unknown): Promise<void> => {
  const scope = self as unknown as ServiceWorkerGlobalScope
  const clients = await scope.clients.matchAll({ includeUncontrolled: true, type: "window" })
  for (const client of clients) if (/\/tabs\/(?:shell|bridge)\.html/.test(client.url)) client.postMessage(message)
}
