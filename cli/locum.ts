/** The entry of the operator's command `locum` (package.json `bin`), bundled by the build. */
import { thisMachine } from "./platform/machine.ts"
import { runLocum } from "./program.ts"

process.exitCode = await runLocum(process.argv.slice(2), thisMachine)
