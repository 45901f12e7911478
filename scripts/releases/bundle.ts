// Bundles an app to the one ES module that both platforms run, and modules for its pages. `yjs` is not in an app: the platform
// supplies its one copy, since two copies of yjs do not know each other's types.
import { build, type BuildOptions, type Plugin } from "esbuild"

/** Where an app finds what the platform supplies; the platform sets it before it imports the app. */
const PLATFORM = 'globalThis[Symbol.for("locum.platform")]'

const platformYjs: Plugin = {
  name: "platform-yjs",
  setup(context) {
    context.onResolve({ filter: /^yjs$/ }, () => ({ path: "yjs", namespace: "platform" }))
    context.onLoad({ filter: /.*/, namespace: "platform" }, async () => {
      const names = Object.keys(await import("yjs")).filter((name) => name !== "default")
      const lines = names.toSorted().map((name) => `export const ${name} = yjs.${name}`)
      return { contents: [`const yjs = ${PLATFORM}.yjs`, ...lines].join("\n") }
    })
  }
}

const COMMON: BuildOptions = {
  bundle: true,
  write: false,
  format: "esm",
  target: "es2023",
  minify: true,
  legalComments: "none",
  logLevel: "warning"
}

/** What the build tells an app of its release. */
export interface Parts {
  /** Names of the release's files, by what they are for: `import.meta.files`. */
  readonly files: Readonly<Record<string, string>>
  /** Scripts for the pages themselves, as text: `import.meta.scripts`. */
  readonly scripts: Readonly<Record<string, string>>
}

/** The bytes of an app. `entry` is a module that exports `app`. The same sources give the same bytes. */
export function bundleApp(entry: string, { files, scripts }: Parts = { files: {}, scripts: {} }): Promise<Uint8Array> {
  return bytesOf(entry, {
    ...COMMON,
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["import"],
    define: { "import.meta.files": JSON.stringify(files), "import.meta.scripts": JSON.stringify(scripts) },
    plugins: [platformYjs]
  })
}

/** A script that stands in pages. As text, since whoever bundles an app again (wrangler does) may change the source of its functions. */
export async function bundleScript(entry: string): Promise<string> {
  return new TextDecoder().decode(await bytesOf(entry, { ...COMMON, platform: "browser", format: "iife" }))
}

/** The bytes of a module that pages load by themselves; style sheets that it imports are texts. */
export function bundlePage(entry: string): Promise<Uint8Array> {
  return bytesOf(entry, { ...COMMON, platform: "browser", loader: { ".css": "text" } })
}

async function bytesOf(entry: string, options: BuildOptions): Promise<Uint8Array> {
  const result = await build({ ...options, entryPoints: [entry] })
  const [file] = result.outputFiles ?? []
  if (!file) throw new Error(`${entry}: esbuild wrote nothing`)
  return file.contents
}
