import { SELF } from "cloudflare:test"
import { expect, test } from "vitest"
import {
  anyOf,
  openCertificate,
  openEnvelope,
  PAYLOAD_TYPE,
  payloadOf,
  type VerifySignature
} from "../../shared/protocol/envelope.ts"
import { WellKnownSchema } from "../../shared/protocol/well-known.ts"
import { parse } from "../../shared/protocol/parse.ts"
import { CURRENT_FOR_MS, CurrentListSchema } from "../../shared/release/current-list.ts"
import { ORIGIN } from "./support.ts"

const bytesOf = (view: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(view)
const verify: VerifySignature = async (raw, signature, data) => {
  const key = await crypto.subtle.importKey("raw", bytesOf(raw), "Ed25519", false, ["verify"])
  return crypto.subtle.verify("Ed25519", key, bytesOf(signature), bytesOf(data))
}
const hex = async (bytes: Uint8Array): Promise<string> =>
  [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytesOf(bytes)))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("")

test("[REL-14] what is current is signed by the certified online key, and names what is published", async () => {
  const response = await SELF.fetch(`${ORIGIN}/.well-known/locum.json`)
  const wellKnown = parse(WellKnownSchema, await response.json())
  const service = wellKnown.ok ? wellKnown.value.services[0] : undefined
  if (service === undefined) throw new Error("no service is announced")
  const { certificate, current, definition, publisherKeys, threshold } = service
  const certified = await openCertificate(
    certificate,
    "schedule",
    { keys: publisherKeys, threshold },
    Date.now(),
    verify
  )
  if (!certified.ok) throw new Error(certified.error)
  const list = await openEnvelope(
    current,
    PAYLOAD_TYPE.current,
    CurrentListSchema,
    anyOf([certified.value.key]),
    verify
  )
  if (!list.ok) throw new Error(list.error)
  const { expires, issued, releases, root } = list.value
  expect([root, expires - issued]).toEqual([0, CURRENT_FOR_MS])
  expect(Math.abs(Date.now() - issued)).toBeLessThan(120_000)
  expect(list.value.definition).toBe(await hex(payloadOf(definition)))
  for (const { release, digest } of releases) {
    const manifest = await SELF.fetch(`${ORIGIN}/_locum/releases/${release.replace("@", "/")}`)
    expect(digest).toBe(await hex(payloadOf(await manifest.json())))
  }
})
