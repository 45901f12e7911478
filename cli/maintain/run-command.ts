/** Runs the operator's command while the service is closed. Ctrl-C ends it and asks for the abort. */
import type { Interruption, Machine, RunningProgram } from "../platform/machine.ts"

/** Passes the wish to end on to the command: politely first, which `say` tells, then by force. */
export const passOn = (
  program: RunningProgram,
  { hasKeyboard }: Pick<Machine, "hasKeyboard">,
  say: (text: string) => void
): ((signal: Interruption) => void) => {
  let asked = 0
  return (signal) => {
    asked++
    if (asked > 1) return program.signal("SIGKILL")
    // People are served by their browsers meanwhile: a command that tidies up may take its time.
    say("interrupted: waiting for the command to end; once more kills it")
    // The terminal sends Ctrl-C to the command as well; twice would make many programs end without tidying up.
    if (signal !== "SIGINT" || !hasKeyboard) program.signal(signal)
  }
}

/** What went wrong with a command, for the record; null when nothing did. */
export const commandFault = (command: readonly string[], status: number | null): string | null => {
  if (status === 0) return null
  const what = command.join(" ").slice(0, 200)
  return status === null ? `"${what}" could not be started` : `"${what}" failed with status ${status}`
}
