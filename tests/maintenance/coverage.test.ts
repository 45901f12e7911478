import { expect, test } from "vitest"
import { coverageOf, type CoveringClient } from "../../shared/maintenance/coverage.ts"

const client = (over: Partial<CoveringClient> = {}): CoveringClient => ({
  subject: "ann",
  isConnected: true,
  running: "schedule@1.0.0",
  refusal: null,
  ...over
})

test("[MNT-15] a person is covered by one browser that can take over; for the others the reason is told", () => {
  const clients = [
    client({ isConnected: false }),
    client(),
    client({ subject: "bob", running: null }),
    client({ subject: "cem", isConnected: false }),
    client({ subject: "dee", refusal: "8 % left" })
  ]
  const found = coverageOf(["ann", "bob", "cem", "dee", "eve"], clients)
  expect([found.active, found.covered]).toEqual([5, 1])
  expect(found.uncovered).toEqual([
    { subject: "bob", why: "the browser holds no release yet" },
    { subject: "cem", why: "no browser with the extension is connected" },
    { subject: "dee", why: "the browser refused: 8 % left" },
    { subject: "eve", why: "no browser with the extension is known" }
  ])
})
