/** What each step of a maintenance is, in an operator's words: in its record, and before its start in command and console. */
import type { Phase } from "./transition.ts"

/** What a maintenance was asked for, as far as words tell it. */
export interface Asked {
  readonly release: string
  readonly waves: readonly number[]
}

/** @param wave counts from 0; null before the start, when it tells of all waves */
type Words = (asked: Asked, wave: number | null) => string

const WORDS: Readonly<Record<Phase["state"], Words>> = {
  taking: () => "browsers take over",
  closing: () => "browsers have answered: the server side closes",
  waiting: () => "closed: waiting for resume",
  opening: () => "the server side opens",
  returning: () => "open: browsers push what they hold and give back",
  updating: ({ release, waves }, wave) => `${waveText(waves.length, wave)}: browsers update to ${release}`,
  restoring: () => "the standing policies are restored",
  finished: ({ release }) => `browsers run ${release}`
}

const waveText = (count: number, wave: number | null): string => {
  if (wave !== null) return `wave ${wave + 1} of ${count}`
  return count === 1 ? "in one wave" : `in ${count} waves`
}

const isKnown = (state: string): state is Phase["state"] => Object.hasOwn(WORDS, state)

/** Empty for a state that is not known here: a newer edge may have more. */
export const stepText = (state: string, asked: Asked, wave: number | null = null): string =>
  isKnown(state) ? WORDS[state](asked, wave) : ""
