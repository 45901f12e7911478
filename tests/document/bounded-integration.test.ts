import * as prng from "lib0/prng"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { applyBounded } from "../../edge/document/bounded-integration.ts"
import { seed } from "../support/seed.ts"

/**
 * How often yjs compares items while `work` applies updates: in each turn of its walk it asks the item that it places for its origin
 * (Item.integrate). The count asks for it once, before.
 */
const turnsIn = (work: () => void): number => {
  const origins = new WeakMap<Y.Item, Y.ID | null>()
  const placed = { item: null as Y.Item | null, asked: 0 }
  let turns = 0
  Object.defineProperty(Y.Item.prototype, "origin", {
    configurable: true,
    get(this: Y.Item) {
      if (this === placed.item) placed.asked++
      return origins.get(this) ?? null
    },
    set(this: Y.Item, origin: Y.ID | null) {
      origins.set(this, origin)
    }
  })
  // oxlint-disable-next-line typescript/unbound-method -- called with an item, below
  const { integrate } = Y.Item.prototype
  Y.Item.prototype.integrate = function (this: Y.Item, transaction, offset) {
    Object.assign(placed, { item: this, asked: 0 })
    integrate.call(this, transaction, offset)
    turns += Math.max(0, placed.asked - 1)
    placed.item = null
  }
  try {
    work()
    return turns
  } finally {
    Y.Item.prototype.integrate = integrate
    Reflect.deleteProperty(Y.Item.prototype, "origin")
  }
}

test("[DOC-22] as many comparisons are counted as yjs makes", () => {
  const random = prng.create(seed())
  let all = 0
  for (let round = 0; round < 30; round++) {
    // Several who write at the same places without knowing of one another: each update comes once, whole.
    const writers = Array.from({ length: 4 }, () => new Y.Doc())
    const updates: Uint8Array[] = []
    for (const doc of writers) doc.on("update", (update: Uint8Array) => updates.push(update))
    for (let step = 0; step < 80; step++) {
      const list = prng.oneOf(random, writers).getArray("list")
      list.insert(prng.int32(random, 0, Math.min(3, list.length)), [step])
    }
    let counted = 0
    const turns = turnsIn(() => {
      const doc = new Y.Doc()
      for (const update of updates) counted += applyBounded(doc, update, null) ?? Number.NaN
    })
    expect(counted, `round ${round}`).toBe(turns)
    all += turns
  }
  expect(all).toBeGreaterThan(1000)
})
