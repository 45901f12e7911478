/**
 * One way to turn `unknown` into a value of a schema, with an error that names the path and what would be right.
 * Every wire, storage and message decoder goes through here.
 */
import * as v from "valibot"

/** Outcome of a check: the value, or one sentence that names the field and what was expected. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string }

/** Names the field of the first issue and says what would be right: `rules.3.match: must start with /`. */
export const describeIssue = (issue: v.BaseIssue<unknown>): string => {
  const path = v.getDotPath(issue)
  return path === null ? issue.message : `${path}: ${issue.message}`
}

/** One thing that is wrong: where (`rules.3.match`; empty for the whole) and what would be right. */
export interface Fault {
  readonly path: string
  readonly text: string
}

const faultOf = (issue: v.BaseIssue<unknown>): Fault => ({ path: v.getDotPath(issue) ?? "", text: issue.message })

/** Everything that is wrong, where {@link describeIssue} tells the first. */
export const faultsOf = ([first, ...more]: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): readonly [
  Fault,
  ...Fault[]
] => [faultOf(first), ...more.map(faultOf)]

/** A fault as one sentence. */
export const faultText = ({ path, text }: Fault): string => (path === "" ? text : `${path}: ${text}`)

/**
 * Checks `input` against `schema`.
 * @param input anything that came from outside
 * @returns the parsed value, or an error text that names the first wrong field
 */
export const parse = <const S extends v.GenericSchema>(schema: S, input: unknown): Parsed<v.InferOutput<S>> => {
  const result = v.safeParse(schema, input)
  return result.success ? { ok: true, value: result.output } : { ok: false, error: describeIssue(result.issues[0]) }
}

/** Like {@link parse}, from JSON text. */
export const parseJson = <const S extends v.GenericSchema>(schema: S, text: string): Parsed<v.InferOutput<S>> => {
  const input = jsonValue(text)
  return input.ok ? parse(schema, input.value) : input
}

const jsonValue = (text: string): Parsed<unknown> => {
  try {
    return { ok: true, value: JSON.parse(text) as unknown }
  } catch (cause) {
    return { ok: false, error: `not JSON: ${cause instanceof Error ? cause.message : String(cause)}` }
  }
}
