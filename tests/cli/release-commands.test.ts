/** The real command: from keys to a deployment, without an edge. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import * as v from "valibot"
import { anyOf, EnvelopeSchema, openEnvelope, PAYLOAD_TYPE, PublicKeySchema } from "../../shared/protocol/envelope.ts"
import { ReleaseManifestSchema } from "../../shared/release/manifest.ts"
import { service } from "../../examples/schedule/service.ts"
import { verifySignature } from "../support/keys.ts"
import { locum, type Ran } from "./locum.ts"

const folder = mkdtempSync(join(tmpdir(), "locum-release-"))
const at = (...parts: string[]): string => join(folder, ...parts)
const PLACES = ["--keys", at("keys"), "--releases", at("releases")]
const app = (version: string): string =>
  `export const app = { name: "schedule", version: "${version}", schema: 1, reads: [1, 1], fetch: () => new Response("") }`
const build = (version: string, serial: string): Promise<Ran> => {
  writeFileSync(at(`app-${version}.ts`), app(version))
  return locum(["release", "build", at(`app-${version}.ts`), "--serial", serial, "--json", ...PLACES], {})
}
const publish = (): Promise<Ran> =>
  locum(["release", "publish", "--definition", at("service.json"), "--out", at("out"), ...PLACES], {})
let made: Ran

beforeAll(async () => {
  writeFileSync(at("service.json"), JSON.stringify(service))
  made = await locum(["release", "keygen", "--json", "--keys", at("keys")], {})
})
afterAll(() => rmSync(folder, { recursive: true }))

test("[OPR-10] keys are made once, for their owner alone, and never replaced", async () => {
  expect(made.status).toBe(0)
  expect(statSync(at("keys/publisher.jwk.json")).mode & 0o077).toBe(0)
  const key = readFileSync(at("keys/publisher.jwk.json"), "utf8")
  expect(made.stdout).not.toContain((JSON.parse(key) as { d: string }).d)
  const again = await locum(["release", "keygen", "--keys", at("keys")], {})
  expect([again.status, again.stderr]).toEqual([5, expect.stringContaining("keys are here already")])
  expect(readFileSync(at("keys/publisher.jwk.json"), "utf8")).toBe(key)
})

test("[OPR-10] without keys, without a serial, or without an app nothing is built", async () => {
  const none = await locum(["release", "build", "x.ts", "--serial", "1", "--keys", at("nowhere")], {})
  const serial = await locum(["release", "build", "x.ts", ...PLACES], {})
  const entry = await locum(["release", "build", at("no-such.ts"), "--serial", "1", ...PLACES], {})
  expect([none.status, serial.status, entry.status]).toEqual([5, 2, 5])
  expect(none.stderr).toContain("locum release keygen --keys")
  expect(serial.stderr).toContain("required option '--serial <n>'")
})

test("[OPR-10] what is published is the newest serial, signed by the publisher, with the two before", async () => {
  expect((await publish()).stderr).toContain("no release of schedule is built here")
  for (const [version, serial] of [
    ["1.0.0", "1"],
    ["2.0.0", "2"],
    ["1.0.1", "3"]
  ] as const)
    expect((await build(version, serial)).status).toBe(0)
  const published = await publish()
  expect([published.status, published.stdout]).toEqual([0, expect.stringContaining("schedule@1.0.1 is ready")])
  const key = v.parse(v.object({ publisher: PublicKeySchema }), JSON.parse(made.stdout)).publisher
  for (const version of ["1.0.0", "2.0.0", "1.0.1"]) {
    const text = readFileSync(at("out/current/assets/_locum/releases/schedule", version), "utf8")
    const envelope = v.parse(EnvelopeSchema, JSON.parse(text))
    const opened = await openEnvelope(
      envelope,
      PAYLOAD_TYPE.release,
      ReleaseManifestSchema,
      anyOf([key]),
      verifySignature
    )
    expect(opened).toMatchObject({ ok: true, value: { version } })
  }
  expect(readFileSync(at("out/current/apps.js"), "utf8")).toContain('"release": "schedule@1.0.1"')
})

test("[OPR-10] a built release that is not as it was signed is not published", async () => {
  writeFileSync(at("releases/schedule/2.0.0/app.js"), "export const app = 1")
  const refused = await publish()
  expect([refused.status, refused.stderr]).toEqual([5, expect.stringContaining("is not what")])
  expect((await build("2.0.0", "2")).stderr).toContain("schedule@1.0.1 has serial 3")
})
