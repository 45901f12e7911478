/**
 * The process in which the app's sandbox runs. The browser does not say which one it is; it is the one renderer that is not the
 * extension's and has a Worker's thread, in which the app runs (Linux: /proc). The pages that the tests open have no Workers.
 */
import { readdirSync, readFileSync } from "node:fs"
import type { ExtensionBrowser } from "../../../scripts/local/browser.ts"

/** Names of threads have 15 letters at most. */
const WORKER_THREAD = "DedicatedWorker"

/** What `look` finds of a process; nothing when it has ended. */
const ofProcess = <T>(look: () => T): T | undefined => {
  try {
    return look()
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined
    throw error
  }
}

const isSandbox = (id: number): boolean =>
  ofProcess(() => {
    if (readFileSync(`/proc/${id}/cmdline`, "utf8").includes("--extension-process")) return false
    const threads = readdirSync(`/proc/${id}/task`)
    return threads.some((thread) => readFileSync(`/proc/${id}/task/${thread}/comm`, "utf8").startsWith(WORKER_THREAD))
  }) ?? false

/** SIGKILL to the sandbox's process; false when there is none just now. */
export const killSandbox = async ({ devtools }: ExtensionBrowser): Promise<boolean> => {
  const renderers = (await devtools.processes()).filter(({ type }) => type === "renderer")
  const found = renderers.find(({ id }) => isSandbox(id))
  if (found === undefined) return false
  return ofProcess(() => process.kill(found.id, "SIGKILL")) ?? false
}
