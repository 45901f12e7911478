/**
 * Tells how a maintenance goes: a bar that moves where a person watches, else a line for each step. Keeps SPEC rule OPR-4 (steps,
 * how many browsers are through, refusals with their reasons).
 */
import { Presets, SingleBar } from "cli-progress"
import colors from "picocolors"
import { progressOf, refusalsOf } from "../../shared/maintenance/progress.ts"
import type { MaintenanceView } from "../../shared/protocol/admin-views.ts"
import type { Machine } from "../platform/machine.ts"

export interface ProgressTeller {
  readonly show: (view: MaintenanceView) => void
  /** A line between. */
  readonly say: (text: string) => void
  /** Leaves the terminal to others until something is shown again. */
  readonly rest: () => void
}

/** Over so many refusals only their number is told. */
const REFUSALS_TOLD = 20

export const progressTeller = ({ tell, screen }: Pick<Machine, "tell" | "screen">): ProgressTeller => {
  let steps = 0
  let refusals = 0
  let bar: SingleBar | null = null
  const rest = (): void => {
    bar?.stop()
    bar = null
  }
  const say = (text: string): void => {
    rest()
    tell(text)
  }
  const showBar = (view: MaintenanceView, stream: NodeJS.WriteStream): void => {
    const progress = progressOf(view)
    if (progress === null || progress.total === 0) return rest()
    const { done, refused, total } = progress
    const payload = { refused: refused === 0 ? "" : colors.yellow(`, ${refused} refused`) }
    if (bar === null) {
      bar = newBar(stream)
      bar.start(total, done, payload)
    } else {
      bar.setTotal(total)
      bar.update(done, payload)
    }
  }
  return {
    say,
    rest,
    show: (view) => {
      for (const { state, text } of view.report.states.slice(steps)) say(`${colors.bold(state.padEnd(9))} ${text}`)
      steps = view.report.states.length
      const refused = refusalsOf(view)
      for (const { client, subject, why } of refused.slice(refusals, REFUSALS_TOLD))
        say(colors.yellow(`  refused by ${subject ?? "a browser"} (${client.slice(0, 8)}): ${why}`))
      if (refused.length > REFUSALS_TOLD && refusals <= REFUSALS_TOLD)
        say(colors.yellow("  more browsers refuse: the record has them all"))
      refusals = refused.length
      if (screen !== null) showBar(view, screen)
    }
  }
}

const newBar = (stream: NodeJS.WriteStream): SingleBar =>
  new SingleBar(
    {
      format: "          {bar} {value}/{total} browsers{refused}",
      stream,
      barsize: 30,
      hideCursor: true,
      clearOnComplete: true,
      stopOnComplete: false,
      // Ctrl-C is the command's: it aborts and restores first.
      gracefulExit: false
    },
    Presets.shades_classic
  )
