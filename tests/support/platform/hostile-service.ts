/** The service of the hostile app, published by a server of its own. */
import { join } from "node:path"
import type { ServicePin } from "../../../extension/platform/client-platform.ts"
import { bundleApp } from "../../../scripts/releases/bundle.ts"
import type { Session } from "../../../shared/protocol/session.ts"
import { startReleaseServer, type ReleaseServer } from "./release-server.ts"

const DEFINITION = {
  name: "hostile",
  mount: "/hostile/",
  documents: [{ path: "/hostile/*", document: "user/:user" }],
  signOut: []
}

/** Publishes the hostile app as 1.0.0. */
export const publishHostile = async (): Promise<{ readonly server: ReleaseServer; readonly pin: ServicePin }> => {
  const server = await startReleaseServer(DEFINITION)
  const bundle = await bundleApp(join(import.meta.dirname, "hostile-app.ts"))
  await server.publish({ name: "hostile", version: "1.0.0", serial: 1, bundle })
  const { origin, publisherKeys } = server
  return { server, pin: { service: "hostile", origin, mount: "/hostile/", publisherKeys } }
}

/** The session of somebody. */
export const hostileSession = (subject: string): Session => ({
  identity: { issuer: "test", subject, name: subject, groups: [] },
  services: [{ service: "hostile", documents: [{ document: `hostile/user/${subject}`, role: "owner" }] }],
  ticket: "ticket",
  ticketExpires: Date.now() + 3_600_000
})
