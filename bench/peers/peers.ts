/** Starts the peers' servers and opens a page on each: the other ways in which a browser can have a request answered. */
import { fork } from "node:child_process"
import { once } from "node:events"
import { resolve } from "node:path"
import * as v from "valibot"
import { until } from "../../scripts/local/until.ts"
import type { Browser } from "../support/chromium.ts"
import type { Tab } from "../support/tab.ts"

export const PEERS = ["service-worker", "msw", "http", "http-durable"] as const
export type Peer = (typeof PEERS)[number]

const AddressesSchema = v.strictTuple([v.string(), v.string(), v.string(), v.string()])

/** The peers' servers: the origin of each, and how to stop them. */
export interface PeerServers {
  readonly origins: Readonly<Record<Peer, string>>
  stop(): void
}

export const startPeers = async (): Promise<PeerServers> => {
  const child = fork(resolve(import.meta.dirname, "peer-server.ts"))
  const [message] = await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => {
      throw new Error(`the peers' server ended with status ${code} before it listened`)
    })
  ])
  const [worker, msw, http, durable] = v.parse(AddressesSchema, message)
  return { origins: { "service-worker": worker, msw, http, "http-durable": durable }, stop: () => child.disconnect() }
}

const READY_WITHIN_MS = 20_000

/** Opens the peer's page and waits until it answers requests its own way. */
export const openPeer = async (browser: Browser, { origins }: PeerServers, peer: Peer): Promise<Tab> => {
  const tab = await browser.open(`${origins[peer]}/?by=${peer}`)
  await until(`${peer} to be ready`, READY_WITHIN_MS, async () =>
    (await tab.run(() => document.body.dataset["ready"] === "true", null)) ? true : undefined
  )
  return tab
}
