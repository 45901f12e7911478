/** A server that publishes a service and its releases, signed: what a client platform fetches when it installs. */
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { createHash } from "node:crypto"
import type { ServiceDefinition } from "../../../shared/app/service.ts"
import { PAYLOAD_TYPE, payloadOf, sealEnvelope, type PublicKey } from "../../../shared/protocol/envelope.ts"
import { PLAIN_SELF_TEST, type SelfTest } from "../../../shared/release/self-test.ts"
import { makeKey } from "../keys.ts"

/** One release to publish. */
export interface Published {
  readonly name: string
  readonly version: string
  readonly serial: number
  readonly bundle: Uint8Array
  readonly expires?: number
  readonly selfTest?: SelfTest
}

export interface ReleaseServer {
  readonly origin: string
  readonly publisherKeys: readonly PublicKey[]
  /** Bodies by path; tests change them to spoil what is published. */
  readonly paths: Map<string, string | Uint8Array>
  publish(release: Published): Promise<void>
  close(): void
}

const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

/** Starts it for one service. */
export const startReleaseServer = async (definition: ServiceDefinition): Promise<ReleaseServer> => {
  const [{ publicKey, sign }, online] = await Promise.all([makeKey(), makeKey()])
  const paths = new Map<string, string | Uint8Array>()
  const server: Server = createServer((request, response) => {
    const body = paths.get(new URL(request.url ?? "/", "http://x").pathname)
    response.writeHead(body === undefined ? 404 : 200).end(body)
  })
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  const sealed = await sealEnvelope(PAYLOAD_TYPE.service, definition, publicKey.id, sign)
  const issued = Date.now()
  const dates = { notBefore: issued, notAfter: issued + 86_400_000 }
  const named = { format: 1, service: definition.name, key: online.publicKey, ...dates }
  const certificate = await sealEnvelope(PAYLOAD_TYPE.certificate, named, publicKey.id, sign)
  const current: { release: string; serial: number; digest: string }[] = []
  const announce = async (): Promise<void> => {
    const list = {
      format: 1,
      service: definition.name,
      version: 1,
      root: 0,
      definition: sha256Of(payloadOf(sealed)),
      releases: current,
      issued,
      expires: issued + 86_400_000
    }
    const announced = {
      service: definition.name,
      definition: sealed,
      certificate,
      publisherKeys: [publicKey],
      threshold: 1,
      roots: [],
      current: await sealEnvelope(PAYLOAD_TYPE.current, list, online.publicKey.id, online.sign)
    }
    paths.set("/.well-known/locum.json", JSON.stringify({ format: 1, protocol: [1], services: [announced] }))
  }
  await announce()
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    publisherKeys: [publicKey],
    paths,
    publish: async ({ name, version, serial, bundle, selfTest, expires = Date.now() + 86_400_000 }) => {
      const sha256 = sha256Of(bundle)
      const file = { path: "app.js", sha256, size: bundle.length, type: "text/javascript" }
      const manifest = {
        format: 1,
        name,
        version,
        serial,
        schema: 1,
        reads: [1, 1],
        entry: "app.js",
        files: [file],
        selfTest: selfTest ?? PLAIN_SELF_TEST,
        issued: Date.now(),
        expires
      }
      const envelope = await sealEnvelope(PAYLOAD_TYPE.release, manifest, publicKey.id, sign)
      paths.set(`/_locum/releases/${name}/${version}`, JSON.stringify(envelope))
      paths.set(`/_locum/files/${sha256}`, bundle)
      current.push({ release: `${name}@${version}`, serial, digest: sha256Of(payloadOf(envelope)) })
      await announce()
    },
    close: () => server.close()
  }
}
