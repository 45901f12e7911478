/**
 * What the author of something that lies aside wishes: to have it as a file, to ask its requests again, to discard it. Keeps SPEC
 * rules CLI-34, CLI-35.
 */
import type { AsideRow, AsideStore, RetryOutcome } from "../document/aside-store.ts"
import { readableEntries } from "../document/aside-store.ts"
import { exportAside } from "../document/export-aside.ts"
import type { JournalEntry } from "../document/journal-entry.ts"
import type { AsideAct, AsideReply } from "../platform/aside-lot.ts"
import type { LocalAnswer, LocalRequest, Outcome } from "../platform/client-platform.ts"

export interface AsidePorts {
  readonly store: Pick<AsideStore, "row" | "noteOutcomes" | "discard">
  /** Whose it is, for the export. */
  readonly owner: object
  readonly now: () => number
  /** Asks this side, as a page would. */
  readonly ask: (request: LocalRequest) => Promise<LocalAnswer>
  /** Brings what was done again to the edge. */
  readonly sync: () => Promise<Outcome>
}

/** Does it; an error is a sentence for the person. */
export const handleAside = async (act: AsideAct, id: number, ports: AsidePorts): Promise<AsideReply> => {
  const row = await ports.store.row(id)
  if (row === null) return { ok: false, error: "It is not here any more." }
  switch (act) {
    case "export":
      return { ok: true, text: exportAside(row, ports.owner) }
    case "discard":
      await ports.store.discard(id)
      return { ok: true, text: "It is discarded." }
    case "retry":
      return retry(id, row, ports)
  }
}

const LEAST_FAILURE = 400

/** One after the other, as they were made: a later one may need what an earlier one does. */
const retry = async (id: number, row: AsideRow, { store, now, ask, sync }: AsidePorts): Promise<AsideReply> => {
  const outcomes: (RetryOutcome & { readonly line: string })[] = []
  for (const entry of readableEntries(row)) {
    const request = requestOf(entry)
    const answer = request === null ? null : await ask(request)
    const said = answer === null ? "its body was not kept" : sentenceOf(answer)
    const { pathname } = new URL(entry.url)
    outcomes.push({
      seq: entry.seq,
      status: answer?.status ?? 0,
      at: now(),
      line: `${entry.method} ${pathname}: ${said}`
    })
  }
  const answered = outcomes.flatMap(({ seq, status, at }) => (status === 0 ? [] : [{ seq, status, at }]))
  await store.noteOutcomes(id, row, answered)
  const synced = await sync()
  const there = synced.ok ? "The server has what was done." : `The server does not have it yet: ${synced.refusal.text}`
  return { ok: true, text: [...outcomes.map(({ line }) => line), there].join("\n") }
}

const requestOf = ({ url, method, request, answer }: JournalEntry): LocalRequest | null =>
  request === null
    ? null
    : {
        url,
        method,
        headers: [...request.headers.filter(([name]) => name !== "idempotency-key"), ["idempotency-key", request.key]],
        body: request.body === null ? null : new Uint8Array(request.body),
        kind: "fetch",
        receivedAt: answer.at
      }

const sentenceOf = ({ status, body }: LocalAnswer): string =>
  status < LEAST_FAILURE
    ? "done"
    : `not done (${status} ${new TextDecoder()
        .decode(body ?? new Uint8Array())
        .slice(0, 200)
        .trim()})`
