/** What was done in this page and can be taken back, and what was taken back and can be done again. */
import { sendUndo, type Steps } from "./api.ts"

/** Something that was done. */
export interface Deed {
  /** For people: `Moved “Lunch”`. */
  readonly text: string
  readonly base: string
  readonly steps: Steps
}

/** How many deeds are kept. */
const MOST_DEEDS = 100

export class History {
  readonly #undo: Deed[] = []
  readonly #redo: Deed[] = []

  /** Something new was done: what was taken back before cannot be done again any more. */
  add(deed: Deed): void {
    this.#undo.push(deed)
    this.#redo.length = 0
    if (this.#undo.length > MOST_DEEDS) this.#undo.shift()
  }

  /** Takes the last deed back; gives what to say, null when there is none. Rejects when somebody has changed the same since. */
  undo(): Promise<string | null> {
    return turn(this.#undo, this.#redo, "Taken back")
  }

  /** Does again what was taken back last. */
  redo(): Promise<string | null> {
    return turn(this.#redo, this.#undo, "Done again")
  }
}

async function turn(from: Deed[], to: Deed[], word: string): Promise<string | null> {
  const deed = from.pop()
  if (!deed) return null
  const steps = await sendUndo(deed.base, deed.steps)
  to.push({ ...deed, steps })
  return `${word}: ${deed.text}`
}
