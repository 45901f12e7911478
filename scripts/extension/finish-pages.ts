// What Plasmo's pages lack: the script that keeps what a frame says before the page's own script listens, and in the offscreen document
// the frame of the app's process, which then starts while the page's script is still being read.
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

const EARLY = `<script src="/injected/early.js"></script>`
const APP_FRAME = `<iframe hidden data-first src="/sandboxes/app.html"></iframe>`

/** Changes a page of the built extension; throws when it is not as Plasmo makes it. */
const change = (folder: string, page: string, mark: string, addition: string): void => {
  const file = join(folder, page)
  const html = readFileSync(file, "utf8")
  if (!html.includes(mark)) throw new Error(`${page} has no ${mark}`)
  writeFileSync(
    file,
    html.replace(mark, () => mark + addition)
  )
}

/** Completes the pages of a freshly built extension. */
export function finishPages(folder: string): void {
  for (const page of ["tabs/shell.html", "tabs/offscreen.html"]) change(folder, page, "<head>", EARLY)
  change(folder, "tabs/offscreen.html", "<body>", APP_FRAME)
}
