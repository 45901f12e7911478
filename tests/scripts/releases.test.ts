import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createHash } from "node:crypto"
import { afterAll, beforeAll, expect, test } from "vitest"
import * as v from "valibot"
import * as yjs from "yjs"
import { makeDeployment } from "../../scripts/releases/make-deployment.ts"
import { makeRelease, type BuiltRelease } from "../../scripts/releases/make-release.ts"
import { openKeys, type Keys } from "../../scripts/releases/keys.ts"
import { releaseSurfaces } from "../../scripts/releases/surfaces.ts"
import { sizesOf } from "../../scripts/sizes/surface.ts"
import { service } from "../../examples/schedule/service.ts"
import { readService, ServiceDefinition } from "../../shared/app/service.ts"
import { anyOf, EnvelopeSchema, openCertificate, openEnvelope, PAYLOAD_TYPE } from "../../shared/protocol/envelope.ts"
import { ReleaseManifestSchema } from "../../shared/release/manifest.ts"
import { verifySignature } from "../support/keys.ts"

const MADE = 1_795_000_000_000
const folder = mkdtempSync(join(tmpdir(), "locum-releases-"))
let keys: Keys
let releases: BuiltRelease[]

const APP = (version: string) => `import * as Y from "yjs"
export const app = { name: "schedule", version: "${version}", schema: 1, reads: [1, 1], fetch: () => new Response(String(new Y.Doc().getMap("x").size)) }`

beforeAll(async () => {
  keys = await openKeys(join(folder, "keys"), MADE)
  releases = []
  // Modules of a temporary folder resolve no packages: yjs is found because it is not looked for.
  for (const [index, version] of ["1.0.0", "1.1.0", "1.2.0", "2.0.0"].entries()) {
    const entry = join(folder, `app-${version}.ts`)
    writeFileSync(entry, APP(version))
    releases.push(await makeRelease({ entry, serial: index + 1 }, keys, join(folder, "releases")))
  }
  await makeDeployment({ folder: join(folder, "deployments/2.0.0"), definition: service, releases }, keys)
})
afterAll(() => rmSync(folder, { recursive: true }))

const published = (path: string): string => readFileSync(join(folder, "deployments/2.0.0/assets/_locum", path), "utf8")
const open = (text: string) =>
  openEnvelope(
    JSON.parse(text),
    PAYLOAD_TYPE.release,
    ReleaseManifestSchema,
    anyOf([keys.publisher.key]),
    verifySignature
  )

test("[REL-1] a published manifest is signed by the publisher and names every file by its hash", async () => {
  const opened = await open(published("releases/schedule/2.0.0"))
  if (!opened.ok) throw new Error(opened.error)
  expect(opened.value).toMatchObject({ name: "schedule", version: "2.0.0", serial: 4, entry: "app.js", issued: MADE })
  for (const file of opened.value.files) {
    const text = published(`files/${file.sha256}`)
    expect(createHash("sha256").update(text).digest("hex")).toBe(file.sha256)
    expect(Buffer.byteLength(text)).toBe(file.size)
  }
})

test("[APP-51] a deployment publishes its release and the two before", async () => {
  for (const version of ["1.1.0", "1.2.0", "2.0.0"])
    expect((await open(published(`releases/schedule/${version}`))).ok).toBe(true)
  expect(() => published("releases/schedule/1.0.0")).toThrow("ENOENT")
})

test("[APP-50] a release has no yjs of its own: it takes the platform's", () => {
  const text = readFileSync(join(releases[0]?.folder ?? "", "app.js"), "utf8")
  expect(text.length).toBeLessThan(4000)
  expect(text).toContain('Symbol.for("locum.platform")')
})

test("[APP-51] the registry holds the app, its signed manifest, and the publisher's word for definition and online key", async () => {
  Object.assign(globalThis, { [Symbol.for("locum.platform")]: { yjs } })
  const registry = (await import(join(folder, "deployments/2.0.0/apps.js"))) as { services: Record<string, unknown>[] }
  const [entry] = registry.services
  expect(entry?.["app"]).toMatchObject({ name: "schedule", version: "2.0.0" })
  expect(readService(entry?.["definition"]).ok).toBe(true)
  expect(v.parse(EnvelopeSchema, entry?.["release"])).toEqual(releases.at(-1)?.envelope)
  const certificate = await openCertificate(
    entry?.["certificate"],
    "schedule",
    anyOf([keys.publisher.key]),
    MADE,
    verifySignature
  )
  expect(certificate).toMatchObject({ ok: true, value: { key: keys.online.key } })
  const signed = entry?.["signedDefinition"]
  const definition = await openEnvelope(
    signed,
    PAYLOAD_TYPE.service,
    ServiceDefinition,
    anyOf([keys.publisher.key]),
    verifySignature
  )
  expect(definition).toEqual({ ok: true, value: service })
})

test("[APP-51] the same sources and keys give the same bytes; keys are made anew only when they are old", async () => {
  const again = await openKeys(join(folder, "keys"), MADE + 1)
  expect(again.publisher.key).toEqual(keys.publisher.key)
  const entry = join(folder, "app-2.0.0.ts")
  const rebuilt = await makeRelease({ entry, serial: 4 }, again, join(folder, "again"))
  expect(rebuilt.envelope).toEqual(releases.at(-1)?.envelope)
  const later = await openKeys(join(folder, "keys"), MADE + 200 * 24 * 60 * 60 * 1000)
  expect(later.publisher.key).not.toEqual(keys.publisher.key)
})

test("[APP-79] a release's page modules are files named by their hash, its scripts texts in the app, and both keep to budgets", async () => {
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const entry = write(
    "app-parts.ts",
    `export const app = { name: "parts", version: "1.0.0", schema: 1, reads: [1, 1],
      fetch: () => Response.json([import.meta.files, import.meta.scripts]) }`
  )
  const pages = { view: write("view.ts", `import style from "./view.css"\nexport const start = () => style`) }
  write("view.css", "a { color: red }")
  const scripts = { live: write("live.ts", `const greet = (): void => console.log("</script>")\ngreet()`) }
  const made = await makeRelease({ entry, serial: 1, pages, scripts }, keys, join(folder, "parts"))
  const [, view] = made.manifest.files
  expect(view).toMatchObject({ path: `view-${view?.sha256.slice(0, 16) ?? ""}.js`, type: "text/javascript" })
  const { app } = (await import(join(made.folder, "app.js"))) as { app: { fetch(): Response } }
  const [files, texts] = (await app.fetch().json()) as [unknown, { live: string }]
  expect(files).toEqual({ view: view?.path })
  expect(texts.live).toMatch(/console\.log/)
  expect(texts.live).not.toContain("</script>")
  const faults = (budgets: Record<string, number>) => sizesOf(releaseSurfaces(made, budgets)).faults
  expect(faults({ app: 10_000, view: 10_000 })).toEqual([])
  for (const budgets of [{ app: 10_000, view: 10 }, { app: 10_000 }])
    expect(faults(budgets)).toEqual([expect.stringMatching(/^parts@1.0.0 view: has /)])
})
