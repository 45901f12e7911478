// The package.json that Plasmo wants in its project folder, made from the project's own and from the source of the
// manifest. The source may hold comment lines (`// why`), which JSON does not allow, and a $schema.

/** What is read of the project's package.json. */
interface ProjectPackage {
  readonly name: string
  readonly version: string
}

/** What is read of the manifest; the rest is handed on as it is. */
export interface SourceManifest {
  readonly name: string
  readonly description: string
  readonly sandbox: { readonly pages: readonly string[] }
  readonly web_accessible_resources: readonly unknown[]
}

/** JSON without its comment lines; a line is a comment when `//` is the first thing on it. */
function withoutComments(json: string): string {
  return json.replace(/^\s*\/\/.*$/gm, "")
}

/** The source of the manifest, from its text; throws on broken JSON. */
export function sourceManifest(text: string): SourceManifest {
  // The file is the project's own, checked in, and Chromium checks its form.
  return JSON.parse(withoutComments(text)) as SourceManifest
}

/**
 * The contents of extension/package.json. Takes the texts of package.json and manifest.json; throws on broken JSON. The sandbox and the
 * web-accessible resources are left out: Plasmo takes their `~` for its source folder and copies what lies there. See finishManifest.
 */
export function plasmoPackage(projectText: string, manifestText: string) {
  const project = JSON.parse(projectText) as ProjectPackage
  const {
    $schema: _schema,
    sandbox: _sandbox,
    web_accessible_resources: _resources,
    ...manifest
  } = sourceManifest(manifestText) as SourceManifest & { readonly $schema?: string }
  return {
    name: project.name,
    // Its "browser" build sets a global and exports nothing; the bundler would take that one.
    // htmlparser2's entry brings a DOM along that nothing here makes: a quarter of what the offscreen document has to read at its start.
    alias: {
      croner: "../node_modules/croner/dist/croner.js",
      htmlparser2: "../node_modules/htmlparser2/dist/esm/Parser.js"
    },
    displayName: manifest.name,
    description: manifest.description,
    version: project.version,
    private: true,
    type: "module",
    manifest
  }
}
