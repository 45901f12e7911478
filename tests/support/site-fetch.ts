/** A network in memory: what a server publishes by path, by HTTP Range, in chunks. */
import type { DownloadSink } from "../../extension/platform/origin-fetch.ts"
import type { Parsed } from "../../shared/protocol/parse.ts"

/** What a server publishes, by path. */
export type Site = Map<string, Uint8Array<ArrayBuffer>>

/** How files are fetched. */
export type FetchFrom = (url: string, from: number, sink: DownloadSink) => Promise<Parsed<null>>

export interface NetworkFaults {
  /** Called before so many bytes go out; how many really do. Fewer than asked for: the connection is cut there. */
  readonly pass?: (path: string, bytes: number) => number
  readonly chunkBytes?: number
  /** A server that knows no Range. */
  readonly ignoresRange?: boolean
}

const CHUNK_BYTES = 16 * 1024

/** Fetches from a site, origin `http://x`. */
export const siteFetch =
  (
    site: Site,
    { pass = (_path, bytes) => bytes, chunkBytes = CHUNK_BYTES, ignoresRange = false }: NetworkFaults = {}
  ): FetchFrom =>
  async (url, asked, sink) => {
    const path = url.slice("http://x".length)
    const whole = site.get(path)
    if (whole === undefined) return { ok: false, error: `${url} was answered 404` }
    const from = ignoresRange ? 0 : asked
    sink.begins(from)
    for (let at = from; at < whole.length;) {
      const due = Math.min(chunkBytes, whole.length - at)
      const passed = pass(path, due)
      if (passed > 0 && !(await sink.take(whole.slice(at, at + passed)))) break
      at += passed
      if (passed < due) return { ok: false, error: `${url} could not be fetched (cut)` }
      if (sink.signal.aborted)
        return { ok: false, error: `${url} could not be fetched (${String(sink.signal.reason)})` }
    }
    return { ok: true, value: null }
  }
