// What Plasmo's pages lack: the script that keeps what a frame says before the page's own script listens; in a shell that one waits for the
// frame; and the offscreen document has the frame of the app's process, which then starts while the page's script is still being read.
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const SCRIPT = /<script src="([^"]+)" type="module"><\/script>/
const EARLY = `<script src="/injected/early.js"></script>`
const APP_FRAME = `<iframe hidden data-first src="/sandboxes/app.html"></iframe>`

/** Changes a page of the built extension; throws when it is not as Plasmo makes it. */
const change = (
  folder: string,
  page: string,
  mark: string | RegExp,
  by: (found: string, first: string) => string
): void => {
  const file = join(folder, page)
  const html = readFileSync(file, "utf8")
  const changed = html.replace(mark, by)
  if (changed === html) throw new Error(`${page} has no ${String(mark)}`)
  writeFileSync(file, changed)
}

const scriptOf = (folder: string, page: string): string => {
  const [, src] = SCRIPT.exec(readFileSync(join(folder, page), "utf8")) ?? []
  if (src === undefined) throw new Error(`${page} has no script`)
  return src
}

/** Completes the pages of a freshly built extension. */
export function finishPages(folder: string): void {
  const src = scriptOf(folder, "tabs/shell.html")
  change(folder, "tabs/shell.html", SCRIPT, () => "")
  change(folder, "tabs/shell.html", "<head>", (head) => head + EARLY.replace(">", ` data-then="${src}">`))
  change(folder, "tabs/offscreen.html", "<head>", (head) => head + EARLY)
  change(folder, "tabs/offscreen.html", "<body>", (body) => body + APP_FRAME)
}
