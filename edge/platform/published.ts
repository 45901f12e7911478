/**
 * What this deployment publishes: its services, checked once when the isolate starts. The registry is made by the build and
 * trusted like the rest of the Worker, but a broken one should say so at once and not at the first request.
 */
import * as v from "valibot"
import { fromBase64 } from "lib0/buffer"
import { services, type PublishedRelease } from "locum:apps"
import type { App } from "../../shared/app/app.ts"
import { readService, type ServiceDefinition } from "../../shared/app/service.ts"
import type { Envelope, PublicKey } from "../../shared/protocol/envelope.ts"
import type { ReleaseId } from "../../shared/protocol/names.ts"
import { ReleaseManifestSchema, releaseIdOf, type ReleaseManifest } from "../../shared/release/manifest.ts"

/** One service as this deployment serves it. */
export interface PublishedService {
  readonly name: string
  readonly mount: string
  readonly definition: ServiceDefinition
  readonly app: App
  readonly manifest: ReleaseManifest
  readonly release: ReleaseId
  /** What the deployment publishes, newest first. */
  readonly releases: readonly PublishedRelease[]
  /** The publisher's word for the online key. */
  readonly certificate: Envelope
  readonly signedDefinition: Envelope
  readonly publisherKeys: readonly PublicKey[]
  readonly threshold: number
  readonly roots: readonly Envelope[]
}

const publish = (entry: (typeof services)[number]): PublishedService => {
  const definition = readService(entry.definition)
  if (!definition.ok) throw new Error(`locum:apps: ${definition.error}`)
  const { name, mount } = definition.value
  const payload = new TextDecoder().decode(fromBase64(entry.release.payload))
  const manifest = v.parse(ReleaseManifestSchema, JSON.parse(payload))
  const { app, certificate, signedDefinition, publisherKeys, threshold, roots } = entry
  const head = { name, mount, definition: definition.value, app, manifest, release: releaseIdOf(manifest) }
  return { ...head, releases: entry.published, certificate, signedDefinition, publisherKeys, threshold, roots }
}

/** Every service of this deployment. */
export const published: readonly PublishedService[] = services.map(publish)

/** A service by its name. */
export const serviceNamed = (name: string): PublishedService | undefined =>
  published.find((service) => service.name === name)

/** The service that a path lies under: the one with the longest mount. `/calendar` is `/calendar/` without its slash. */
export const serviceAt = (path: string): PublishedService | undefined => {
  let best: PublishedService | undefined
  for (const service of published)
    if (`${path}/`.startsWith(service.mount) && service.mount.length > (best?.mount.length ?? 0)) best = service
  return best
}
