/**
 * A release's own test: requests with expected answers, carried by its signed manifest and asked of it before it may run, about a
 * copy of the documents. What it expects must hold whatever a document holds. Keeps SPEC rules REL-5 and REL-6.
 */
import * as v from "valibot"

const MAX_QUESTIONS = 50

export const SelfTestSchema = v.pipe(
  v.array(
    v.strictObject({
      method: v.picklist(["GET", "POST", "PUT", "PATCH", "DELETE"]),
      /** Below the service's mount, no leading slash; empty is the mount itself. */
      path: v.pipe(v.string(), v.maxLength(2000), v.regex(/^(?!\/)[^\s\\]*$/, "must be a path below the mount")),
      /** Content type and text of the request's body. */
      body: v.exactOptional(v.tuple([v.pipe(v.string(), v.maxLength(200)), v.pipe(v.string(), v.maxLength(10_000))])),
      expect: v.strictObject({
        status: v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(499)),
        /** What the answer's Content-Type begins with. */
        type: v.exactOptional(v.pipe(v.string(), v.maxLength(200))),
        /** Texts that the answer's body holds. */
        holds: v.exactOptional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(1000))), v.maxLength(20)))
      })
    })
  ),
  v.minLength(1),
  v.maxLength(MAX_QUESTIONS)
)
export type SelfTest = v.InferOutput<typeof SelfTestSchema>
export type SelfTestQuestion = SelfTest[number]

/** What every release is asked that carries nothing of its own: its first page. */
export const PLAIN_SELF_TEST: SelfTest = [{ method: "GET", path: "", expect: { status: 200 } }]

/** An answer, as it is judged. */
export interface SelfTestAnswer {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly text: string
}

/** What is wrong with an answer; null when it is what the release expects of itself. */
export const selfTestFault = ({ method, path, expect }: SelfTestQuestion, answer: SelfTestAnswer): string | null => {
  const asked = `self-test: ${method} ${path === "" ? "of the first page" : path}`
  if (answer.status !== expect.status)
    return `${asked} was answered with ${answer.status}, ${expect.status} was expected`
  const type = answer.headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? ""
  if (expect.type !== undefined && !type.startsWith(expect.type))
    return `${asked} was answered as ${type || "nothing"}, ${expect.type} was expected`
  const missing = expect.holds?.find((part) => !answer.text.includes(part))
  return missing === undefined ? null : `${asked}: the answer lacks ${JSON.stringify(missing)}`
}
