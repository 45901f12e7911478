// Puts the built console among a deployment's files, from where the edge serves it.
import { copyFileSync, mkdirSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"

/** Copies the files of `built` (build/console) into a deployment; those of an earlier build go. */
export function publishConsole(built: string, deployment: string): void {
  const target = join(deployment, "assets/_locum/console")
  const files = readdirSync(built)
  mkdirSync(target, { recursive: true })
  for (const file of readdirSync(target)) if (!files.includes(file)) rmSync(join(target, file))
  for (const file of files) copyFileSync(join(built, file), join(target, file))
}
