import { expect, test } from "vitest"
import { creditable } from "../../edge/controller/credit-update.ts"
import type { ClientEvent } from "../../edge/platform/objects.ts"

const NEW = "a".repeat(64)
const OLD = "b".repeat(64)
const due = { instruction: "m1", release: "schedule@2.0.0", digest: NEW, threshold: 1 }

const said = (digest: string | null, ok = true): ClientEvent => ({
  service: "schedule",
  client: "c".repeat(32),
  connection: "1",
  at: 5,
  type: "said",
  message: {
    type: "updated",
    instruction: "m1",
    running: "schedule@2.0.0",
    ...(digest === null ? {} : { health: { digest, nonce: "n1" } }),
    ok,
    at: 4
  }
})

test("[F71] [REL-8] the old release's health is not the new one's: the client counts as not updated", () => {
  for (const told of [said(OLD), said(null)])
    expect(creditable(told, due)).toMatchObject({
      message: { ok: false, running: null, refusal: { kind: "release-failed" } }
    })
})

test("[F71] [REL-8] the health of the very release that was named is believed, and a failure always is", () => {
  for (const told of [said(NEW), said(OLD, false)]) expect(creditable(told, due)).toBe(told)
  expect(creditable(said(OLD), null)).toEqual(said(OLD))
})
