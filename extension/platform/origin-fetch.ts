/** GETs from a service's origin, bounded in size and time. Host permission frees them of CORS; cookies go along. */
import type { Parsed } from "../../shared/protocol/parse.ts"

const LIMIT_MS = 30_000

/** The bytes at `url`, at most `limit` of them (F67: endless data); any status but 200 is an error. */
export const fetchBytes = async (
  url: string,
  limit: number,
  credentials: "include" | "omit" = "include"
): Promise<Parsed<Uint8Array<ArrayBuffer>>> => {
  try {
    const response = await fetch(url, {
      credentials,
      redirect: "error",
      signal: AbortSignal.timeout(LIMIT_MS)
    })
    if (response.status !== 200 || response.body === null)
      return { ok: false, error: `${url} was answered ${response.status}` }
    const chunks: BlobPart[] = []
    let size = 0
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array<ArrayBuffer>>) {
      size += chunk.length
      if (size > limit) return { ok: false, error: `${url} has more than ${limit} bytes` }
      chunks.push(chunk)
    }
    return { ok: true, value: new Uint8Array(await new Blob(chunks).arrayBuffer()) }
  } catch (cause) {
    return { ok: false, error: `${url} could not be fetched (${String(cause)})` }
  }
}

/** Where what comes of a download goes. */
export interface DownloadSink {
  /** Called once, with the place at which what comes begins: where it was asked to, or the beginning. */
  readonly begins: (at: number) => void
  /** False: no more is wanted. */
  readonly take: (chunk: Uint8Array<ArrayBuffer>) => Promise<boolean>
  /** Whoever aborts it has had enough of it. */
  readonly signal: AbortSignal
}

/** Fetches `url` from its byte `from` on, by HTTP Range; an error when it was cut, aborted, or answered anything but that. */
export const fetchFrom = async (url: string, from: number, sink: DownloadSink): Promise<Parsed<null>> => {
  try {
    const response = await fetch(url, {
      credentials: "include",
      redirect: "error",
      signal: sink.signal,
      ...(from > 0 ? { headers: { Range: `bytes=${from}-` } } : {})
    })
    const isRest = response.status === 206
    if ((response.status !== 200 && !isRest) || response.body === null)
      return { ok: false, error: `${url} was answered ${response.status}` }
    const begins = isRest ? Number(/^bytes (\d+)-/.exec(response.headers.get("Content-Range") ?? "")?.[1]) : 0
    if (begins !== 0 && begins !== from)
      return { ok: false, error: `${url} was asked from ${from}, and answered another part` }
    sink.begins(begins)
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array<ArrayBuffer>>)
      if (!(await sink.take(chunk))) break
    return { ok: true, value: null }
  } catch (cause) {
    const why: unknown = sink.signal.aborted ? sink.signal.reason : cause
    return { ok: false, error: `${url} could not be fetched (${String(why)})` }
  }
}

/** The text of a file of the extension. Throws when it is not there: then the build is broken. */
export const packagedText = async (url: string): Promise<string> => (await fetch(url)).text()
