/**
 * Builds a small extension around the real client platform: the same modules, the same sandbox and content security policy as
 * manifest.json says, and a page from which a test reaches it.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { build } from "esbuild"
import { plasmoPackage } from "../../../scripts/extension/plasmo-package.ts"

const TOP = resolve(import.meta.dirname, "../../..")

interface Policies {
  readonly extension_pages: string
  readonly sandbox: string
}

/** Writes the unpacked extension into `folder`; `origin` is the service's. */
export const buildPlatformExtension = async (
  folder: string,
  origin: string,
  permissions: readonly string[] = ["unlimitedStorage"]
): Promise<void> => {
  const { manifest } = plasmoPackage(
    readFileSync(join(TOP, "package.json"), "utf8"),
    readFileSync(join(TOP, "manifest.json"), "utf8")
  )
  const policies = (manifest as unknown as { content_security_policy: Policies }).content_security_policy
  mkdirSync(join(folder, "sandboxes"), { recursive: true })
  const connect = `connect-src 'self' ${origin} ${origin.replace(/^http/, "ws")}`
  const pages = policies.extension_pages.replace(/connect-src [^;]*/, connect)
  const files = {
    "manifest.json": JSON.stringify({
      manifest_version: 3,
      name: "platform",
      version: "1",
      background: { service_worker: "worker.js" },
      host_permissions: [`${new URL(origin).protocol}//${new URL(origin).hostname}/*`],
      permissions,
      sandbox: { pages: ["sandboxes/app.html"] },
      content_security_policy: { extension_pages: pages, sandbox: policies.sandbox }
    }),
    "worker.js": "",
    "prelude.js": "globalThis.prelude = true",
    "page.html": `<!doctype html><title>platform</title><body><script src="page.js"></script>`,
    "sandboxes/app.html": `<!doctype html><script src="app.js"></script>`
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  await build({
    entryPoints: {
      page: join(import.meta.dirname, "platform-page.ts"),
      "app-worker": join(TOP, "extension/app-worker.ts"),
      "sandboxes/app": join(TOP, "extension/sandboxes/app.ts")
    },
    outdir: folder,
    bundle: true,
    format: "iife",
    target: "es2023",
    minify: true,
    logLevel: "warning"
  })
}
