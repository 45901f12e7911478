// `npm start`: the story (scripts/story).
import { parseArgs } from "node:util"
import { play } from "./story/play.ts"

const HELP = `npm start            plays one whole maintenance in real browsers, proves it, then stays up to try until Ctrl-C
npm start -- --exit  ends after the proof, with status 0 only if every promise was kept`

const options = { exit: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const

/** What was asked for; null when it is nothing that there is. */
const wish = (): { readonly exit?: boolean; readonly help?: boolean } | null => {
  try {
    return parseArgs({ options }).values
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${HELP}\n`)
    return null
  }
}

const asked = wish()
if (asked === null) process.exit(2)
if (asked.help === true) process.stdout.write(`${HELP}\n`)
else process.exit(await play({ exits: asked.exit === true }))
