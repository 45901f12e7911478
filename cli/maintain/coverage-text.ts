/** A maintenance before it starts, in words: its states, and who is not covered, and why. Keeps SPEC rule OPR-3. */
import { stepText } from "../../shared/maintenance/step-words.ts"
import type { Preview } from "../../shared/protocol/admin-views.ts"

/** So many people are named. */
const NAMED = 20

export const previewText = ({ request, states, coverage }: Preview): string => {
  const { active, covered, uncovered, others } = coverage
  const named = uncovered.slice(0, NAMED).map(({ subject, why }) => `  not covered: ${subject}: ${why}`)
  const more = uncovered.length > NAMED ? [`  and ${uncovered.length - NAMED} more`] : []
  const rest = uncovered.length === 0 ? [] : [...named, ...more, `  they get: ${others}`]
  return [
    ...states.map((state) => `${state.padEnd(9)} ${stepText(state, request)}`),
    `${covered} of ${active} people who used it in the last 15 minutes are covered by a browser`,
    ...rest
  ].join("\n")
}
