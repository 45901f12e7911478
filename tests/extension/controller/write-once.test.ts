import { expect, test } from "vitest"
import type { AppAnswer } from "../../../extension/app/app-sandbox.ts"
import type { AppRequest } from "../../../extension/app/worker-messages.ts"
import { writeOnce, type WriteOncePorts } from "../../../extension/controller/write-once.ts"

const request: AppRequest = {
  document: "schedule/team/blue",
  method: "POST",
  url: "http://x/calendar/notes",
  headers: [],
  body: null,
  user: { id: "ann", name: "Ann" },
  now: 1,
  effectiveKey: "k",
  mayHaveRun: true
}
const answerOf = (status: number, waits = false): AppAnswer => ({
  status,
  headers: [],
  body: new Uint8Array(),
  failure: waits ? "waits" : null,
  waits
})

/** A platform whose server comes back after so many looks, with or without an answer to the key. */
const platform = (looks: number, kept: AppAnswer | null) => {
  const log: string[] = []
  let left = looks
  const ports: WriteOncePorts = {
    recall: () => Promise.resolve(left === 0 && looks > 0 ? kept : null),
    ask: ({ mayHaveRun }) => {
      log.push(mayHaveRun ? "asked, unsure" : "asked")
      return Promise.resolve({ ok: true, value: mayHaveRun ? answerOf(503, true) : answerOf(201) })
    },
    catchUp: () => Promise.resolve(--left === 0),
    pause: () => Promise.resolve(void log.push("pause")),
    tell: () => void log.push("told")
  }
  return { log, ports }
}

test("[CLI-32] a write that waits is asked again when the server's state is here, and not before", async () => {
  const { log, ports } = platform(3, null)
  expect(await writeOnce(request, ports)).toMatchObject({ ok: true, value: { status: 201 } })
  expect(log).toEqual(["asked, unsure", "told", "pause", "pause", "asked"])
})

test("[CLI-32][F36] when the server's answer to its key comes along, that is the answer", async () => {
  const { log, ports } = platform(1, answerOf(200))
  expect(await writeOnce(request, ports)).toMatchObject({ ok: true, value: { status: 200 } })
  expect(log).toEqual(["asked, unsure", "told"])
})

test("[CLI-32] what does not wait is asked once", async () => {
  const { log, ports } = platform(1, null)
  expect(await writeOnce({ ...request, mayHaveRun: false }, ports)).toMatchObject({ ok: true, value: { status: 201 } })
  expect(log).toEqual(["asked"])
})
