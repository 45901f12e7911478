/** The small app of the differential test: answers as the request's URL says, and tells in a header what reached it. Runs as a release's code and in the server of this test. */
import type { AnswerBody, AnswerPlan } from "./page-case.ts"

/** The plan in a URL's query. */
const planOf = (url: string): AnswerPlan => JSON.parse(decodeURIComponent(new URL(url).search.slice(1))) as AnswerPlan

/** FNV-1a over bytes. */
export const hashOf = (bytes: Uint8Array): string => {
  let hash = 0x811c9dc5
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0).toString(16)
}

const letters = (size: number): string => "Über den Wolken 0123456789 ".repeat(Math.ceil(size / 27)).slice(0, size)
const bytes = (size: number): Uint8Array<ArrayBuffer> => {
  const all = new Uint8Array(size)
  for (let at = 0; at < size; at++) all[at] = at * 31 + 7
  return all
}
const CHUNK_BYTES = 40_000

const bodyOf = (body: AnswerBody): BodyInit | null => {
  switch (body.kind) {
    case "none":
      return null
    case "text":
      return letters(body.size)
    case "bytes":
      return bytes(body.size)
    case "given":
      return body.text
    case "latin1":
      return Uint8Array.from(body.text, (sign) => sign.charCodeAt(0) & 255)
    case "chunks":
      return chunks(body.size)
  }
}

const chunks = (size: number): ReadableStream => {
  let left = size
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const now = Math.min(left, CHUNK_BYTES)
      left -= now
      if (now > 0) controller.enqueue(bytes(now))
      if (left === 0) controller.close()
    }
  })
}

const BOUNDARY = /boundary=[^;]*/
/** The body as it arrived: a form's parts, as its bytes are divided by something random. */
const arrived = async (request: Request): Promise<string> => {
  const type = request.headers.get("content-type") ?? ""
  if (!BOUNDARY.test(type)) {
    const body = new Uint8Array(await request.arrayBuffer())
    return `${body.length} ${hashOf(body)}`
  }
  const parts: string[] = []
  for (const [name, value] of (await request.formData()) as unknown as Iterable<[string, string | File]>)
    parts.push(`${name}=${typeof value === "string" ? value : `${value.name} ${value.type} ${await value.text()}`}`)
  return parts.join("&")
}

/** Answers a request by its own plan. */
export const echo = async (request: Request): Promise<Response> => {
  const plan = planOf(request.url)
  // Headers are iterated in the order of their names.
  const headers = [...request.headers].map(([name, value]) => [name, value.replace(BOUNDARY, "boundary=…")])
  const seen = { method: request.method, headers, body: await arrived(request) }
  if (plan.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, plan.delayMs))
  const answer = new Response(bodyOf(plan.body), { status: plan.status, statusText: plan.statusText ?? "" })
  if (plan.headers.some(([name]) => name === "content-type")) answer.headers.delete("content-type")
  for (const [name, value] of plan.headers) answer.headers.append(name, value)
  answer.headers.set("x-seen", encodeURIComponent(JSON.stringify(seen)))
  answer.headers.set("cache-control", "no-store")
  return answer
}
