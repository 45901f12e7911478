/**
 * One write on this side: the answer that was given to its key before, or the app's. Keeps SPEC rules CLI-19 and CLI-32: what the
 * server may have done already and would be doubled by doing it here waits until the server's last state is here.
 */
import type { Parsed } from "../../shared/protocol/parse.ts"
import type { AppAnswer } from "../app/app-sandbox.ts"
import type { AppRequest } from "../app/worker-messages.ts"

/** A kept answer, as it is stored. */
interface Kept {
  readonly status: number
  readonly headers: AppAnswer["headers"]
  readonly body: Uint8Array
}

export interface WriteOncePorts {
  readonly recall: (effectiveKey: string) => Promise<Kept | null | undefined>
  readonly ask: (request: AppRequest) => Promise<Parsed<AppAnswer>>
  /** Brings in the server's state as of now, kept answers included; false when that cannot be done now. */
  readonly catchUp: () => Promise<boolean>
  /** Until it is worth trying again. */
  readonly pause: () => Promise<void>
  readonly tell: (text: string) => void
}

/** Resolves when the write was done, here or there, or failed. */
export async function writeOnce(request: AppRequest, ports: WriteOncePorts): Promise<Parsed<AppAnswer>> {
  const kept = await ports.recall(request.effectiveKey)
  if (kept) {
    const { status, headers, body } = kept
    return { ok: true, value: { status, headers, body: new Uint8Array(body), failure: null, waits: false } }
  }
  const answer = await ports.ask(request)
  if (!answer.ok || !answer.value.waits) return answer
  ports.tell(`${request.method} ${request.url} waits for what the server last had`)
  while (!(await ports.catchUp())) await ports.pause()
  return writeOnce({ ...request, mayHaveRun: false }, ports)
}
