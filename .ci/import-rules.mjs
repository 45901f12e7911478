// Who may import whom (DESIGN 5), as one pure function over paths from the top of the repository. oxlint-plugin.mjs
// asks it for every import. Keeps SPEC rules TOOL-5 and TOOL-6.

const SIDES = ["edge", "extension"]
const PRODUCT = ["shared", "edge", "extension", "cli", "console", "examples"]

/** The operator's command and page: only their platform/ names runtime APIs, too, but they have no units. */
const OPERATOR = ["cli", "console"]

/** What each folder of the product may import besides itself. The command makes releases as the build does. */
/** @type {Record<string, readonly string[]>} */
const MAY_IMPORT = {
  shared: [],
  edge: ["shared/"],
  extension: ["shared/"],
  cli: ["shared/", "scripts/releases/"],
  console: ["shared/"],
  examples: []
}

/** @param {string} path */
const folder = (path) => (path.includes("/") ? path.slice(0, path.indexOf("/")) : "")

/**
 * The unit of a side that a file belongs to: `edge/router/match.ts` -> `router`; "" for the entry files that lie directly
 * in `edge/` or `extension/`.
 * @param {string} path
 */
const unit = (path) => {
  const [, second, third] = path.split("/")
  return third === undefined ? "" : (second ?? "")
}

/**
 * Whether a file wires several units: a side's entry files (Plasmo wants some of them in tabs/) and its controller do.
 * @param {string} path
 */
const wires = (path) => ["", "controller", "tabs"].includes(unit(path))

/**
 * @param {string} from
 * @param {string} to
 * @returns {string | undefined}
 */
function betweenUnits(from, to) {
  if (wires(from) || unit(from) === unit(to)) return undefined
  if (unit(to) === "platform") return undefined
  if (unit(to) === "") return "units do not import entry files"
  return `units of a side do not import each other (${unit(from)} -> ${unit(to)}): the controller or an entry file wires them`
}

/**
 * Why the file `from` may not import the file `to`, both as paths from the top of the repository with `/`; undefined when
 * it may.
 * @param {string} from
 * @param {string} to
 * @returns {string | undefined}
 */
export function forbiddenImport(from, to) {
  const [a, b] = [folder(from), folder(to)]
  if (b === "tests" && a !== "tests") return "nothing imports tests"
  if (b === "bench" && a !== "bench" && a !== "tests") return "nothing but its tests imports bench"
  if (!PRODUCT.includes(a)) return undefined
  if (a === b) return SIDES.includes(a) ? betweenUnits(from, to) : undefined
  if (a === "examples")
    return to.startsWith("shared/app/") ? undefined : "examples/ import only shared/app and libraries"
  if (MAY_IMPORT[a]?.some((path) => to.startsWith(path))) return undefined
  return `${a}/ may import only ${[`${a}/`, ...(MAY_IMPORT[a] ?? [])].join(" and ")}`
}

/**
 * Why the file `from` may not import the package or runtime module `name`; undefined when it may.
 * @param {string} from
 * @param {string} name
 * @returns {string | undefined}
 */
export function forbiddenModule(from, name) {
  if (folder(from) === "examples" && /^(yjs|y-\w+)$/.test(name))
    return "an app's data is made of the blocks of shared/app"
  if (folder(from) === "shared" && name.startsWith("node:")) return "shared/ runs everywhere"
  if (![...SIDES, ...OPERATOR, "shared"].includes(folder(from))) return undefined
  const runtime = /^(cloudflare:|node:|webextension-polyfill$)/.test(name)
  if (runtime && unit(from) !== "platform") return `only platform/ names runtime APIs (${name})`
  return undefined
}
