/** The soak's requests of pages: a hundred thousand, each sent natively and through the extension. SPEC rule ROU-40. */
import { spawn } from "node:child_process"
import type { SoakOptions } from "./soak-part.ts"

const REQUESTS = 100_000
const FILE = "tests/browser/page-differences.test.ts"
/** A soak runs beside other things. */
const SET_UP_WITHIN_MS = 1_200_000
/** One is left to its server, two are answered here. */
const KINDS_OF_PAGES = 3

/** Plays it; says whether every difference was explained. */
export const pagesPart = async ({ seed, operations }: SoakOptions): Promise<boolean> => {
  const seeded = seed === null ? {} : { LOCUM_SEED: String(seed) }
  const cases = Math.ceil((operations ?? REQUESTS) / KINDS_OF_PAGES)
  const env = { ...process.env, LOCUM_PAGE_CASES: String(cases), ...seeded }
  const patience = `--hookTimeout=${SET_UP_WITHIN_MS}`
  const child = spawn("vitest", ["run", "--project", "browser", patience, FILE], { env, stdio: "inherit" })
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("close", resolve)
  })
  return code === 0
}
