// Says which deployment is the one that wrangler.toml deploys: a link, since an alias cannot be given on wrangler's command line.
import { lstatSync, readlinkSync, rmSync, symlinkSync } from "node:fs"

/** Makes `link` lead to `folder` (absolute). */
export function pointCurrentTo(link: string, folder: string): void {
  const held = lstatSync(link, { throwIfNoEntry: false })
  if (held?.isSymbolicLink() && readlinkSync(link) === folder) return
  if (held) rmSync(link)
  symlinkSync(folder, link, "junction")
}
