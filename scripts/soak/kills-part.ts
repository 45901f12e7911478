/** The soak's kills and power losses: the browser tests of crashes, longer. SPEC rule TOOL-10. */
import { spawn } from "node:child_process"
import type { SoakOptions } from "./soak-part.ts"

/** Each with some eighty kills. */
const PLAYS = 5
const FILES = ["tests/browser/kills.test.ts", "tests/browser/power-loss.test.ts"]

/** Plays it; says whether nothing was lost or doubled. */
export const killsPart = async ({ seed }: SoakOptions): Promise<boolean> => {
  const seeded = seed === null ? {} : { LOCUM_SEED: String(seed) }
  const env = { ...process.env, LOCUM_KILLS: String(PLAYS), ...seeded }
  const child = spawn("vitest", ["run", "--project", "browser", ...FILES], { env, stdio: "inherit" })
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("close", resolve)
  })
  return code === 0
}
