import { expect, test } from "vitest"
import { readVersion, writeVersion } from "../../shared/protocol/version.ts"

const document = "schedule/user/ann%20b"

test("[MOD-7] a version reads as it was written, and a long state vector is left out", () => {
  const version = { document, stateVector: new Uint8Array([1, 250, 3, 4]) }
  expect(readVersion(writeVersion(version))).toEqual(version)
  expect(writeVersion({ document, stateVector: new Uint8Array(3001) })).toBe(`${document} *`)
  expect(readVersion(`${document} *`)).toEqual({ document, stateVector: null })
})

test.each(["", "schedule", "a b c", "schedule/user/ann {}", " AQ=="])("[MOD-7] %j is no version", (text) => {
  expect(readVersion(text)).toBe(null)
})
