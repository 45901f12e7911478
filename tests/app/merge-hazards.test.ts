// The hazards of merging, each tried by random edits of two people who do not see each other: with the building block nothing is lost
// or doubled; the same edits written straight into Yjs fail, which shows that the test would notice (FAULTS F45-F48, F51).
import fc from "fast-check"
import { expect, test } from "vitest"
import * as yjs from "yjs"
import { counter } from "../../shared/app/counter.ts"
import { orderedList } from "../../shared/app/ordered-list.ts"
import { records } from "../../shared/app/records.ts"
import { copyOf, mergeAll, mergeInto, writer } from "../support/merging.ts"
import { seed } from "../support/seed.ts"

const words = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 2 })
const check = <T>(values: fc.Arbitrary<T>, holds: (value: T) => void): void =>
  fc.assert(fc.property(values, holds), { seed: seed(), numRuns: 100 })

/** Two copies of a document, changed apart and merged. */
function apart(doc: yjs.Doc, ...changes: readonly ((doc: yjs.Doc) => void)[]): yjs.Doc {
  const copies = changes.map(() => copyOf(doc))
  changes.forEach((change, index) => change(copies[index] ?? doc))
  mergeAll(...copies)
  return copies[0] ?? doc
}

test("[F45] records: one field changed on both sides shows one value and keeps the other, whoever wrote what and when", () => {
  check(fc.tuple(words, fc.nat(5), fc.nat(5)), ([[a = "", b = ""], at1, at2]) => {
    const doc = new yjs.Doc()
    const id = records(doc, "events").create({ title: "" }, writer("ada", 0))
    const merged = apart(
      doc,
      (here) => records(here, "events").update(id, { title: a }, writer("ada", at1)),
      (there) => records(there, "events").update(id, { title: b }, writer("bob", at2))
    )
    const values = records(merged, "events").values(id, "title")
    expect(new Set(values.map(({ value }) => value))).toEqual(new Set([a, b]))
    expect(records(merged, "events").get(id)?.fields.get("title")).toBe(values[0]?.value)
  })
})

test("[F45] control: a plain map keeps one of the two values and nothing of the other", () => {
  const doc = new yjs.Doc()
  const merged = apart(
    doc,
    (here) => here.getMap("events").set("title", "Ada's"),
    (there) => there.getMap("events").set("title", "Bob's")
  )
  expect(merged.getMap("events").size).toBe(1)
})

test("[F46] records: what both sides create at once is all there, also under one id", () => {
  check(fc.array(fc.tuple(fc.nat(1), fc.string()), { maxLength: 12 }), (created) => {
    const docs = [new yjs.Doc(), new yjs.Doc()] as const
    const ids = created.map(([side, title], index) => {
      const doc = docs[side] ?? docs[0]
      records(doc, "settings").put("one", { [`from${side}`]: index }, writer("ada", index))
      return records(doc, "events").create({ title }, writer("ada", index))
    })
    mergeAll(...docs)
    expect(records(docs[0], "events").list()).toHaveLength(created.length)
    created.forEach(([, title], index) =>
      expect(
        records(docs[1], "events")
          .get(ids[index] ?? "")
          ?.fields.get("title")
      ).toBe(title)
    )
    const last = (side: number): number => created.findLastIndex(([other]) => other === side)
    for (const side of [0, 1]) {
      const shown = records(docs[0], "settings").get("one")?.fields.get(`from${side}`)
      expect(shown).toBe(last(side) < 0 ? undefined : last(side))
    }
  })
})

test("[F46] control: a nested map that both sides make under one key loses all that one side put into it", () => {
  const make = (field: string) => (doc: yjs.Doc) => {
    const record = new yjs.Map()
    doc.getMap("events").set("one", record)
    record.set(field, 1)
  }
  const merged = apart(new yjs.Doc(), make("a"), make("b"))
  expect(Object.keys(merged.getMap("events").toJSON()["one"] as object)).toHaveLength(1)
})

test("[F47] counters: the sum of what everybody added, however often a request was repeated on whichever side", () => {
  const addition = fc.record({ side: fc.nat(1), delta: fc.integer({ min: -9, max: 9 }), isRepeated: fc.boolean() })
  check(fc.array(addition, { maxLength: 20 }), (additions) => {
    const docs = [new yjs.Doc(), new yjs.Doc()] as const
    additions.forEach(({ side, delta, isRepeated }, index) => {
      for (const doc of isRepeated ? docs : [docs[side] ?? docs[0]])
        counter(doc, "visits").add(delta, writer("ada", 1, `k${index}`.padEnd(24, "0")))
    })
    mergeAll(...docs)
    const sum = additions.reduce((total, { delta }) => total + delta, 0)
    for (const doc of docs) expect(counter(doc, "visits").value()).toBe(sum)
  })
})

test("[F47] control: a plain number that both sides raise is raised once", () => {
  const raise = (doc: yjs.Doc): void =>
    void doc.getMap("counters").set("visits", Number(doc.getMap("counters").get("visits") ?? 0) + 1)
  expect(apart(new yjs.Doc(), raise, raise).getMap("counters").get("visits")).toBe(1)
})

test("[F48] records: of a deletion and an edit at once nothing is lost: shown as deleted, the edit told, and restored with it", () => {
  check(fc.tuple(words, fc.nat(5), fc.nat(5)), ([[before = "", after = ""], at1, at2]) => {
    const doc = new yjs.Doc()
    const id = records(doc, "events").create({ title: before }, writer("ada", 0))
    const merged = apart(
      doc,
      (here) => records(here, "events").remove(id, writer("ada", at1)),
      (there) => records(there, "events").update(id, { title: after }, writer("bob", at2))
    )
    const events = records(merged, "events")
    expect(events.get(id)).toBeUndefined()
    expect(events.listEditedAndDeleted()).toMatchObject([{ id, deletion: { by: "ada" }, unseen: [{ value: after }] }])
    events.restore(id, writer("ada", 9))
    expect(events.get(id)?.fields.get("title")).toBe(after)
  })
})

test("[F48] control: in nested maps the deletion takes the edit with it", () => {
  const doc = new yjs.Doc()
  doc.getMap<yjs.Map<unknown>>("events").set("one", new yjs.Map([["title", "before"]]))
  const merged = apart(
    doc,
    (here) => here.getMap("events").delete("one"),
    (there) => there.getMap<yjs.Map<unknown>>("events").get("one")?.set("title", "after")
  )
  expect(JSON.stringify(merged.toJSON())).not.toContain("after")
})

test("[F51] lists: an item that both sides move is there once, whatever is lost, doubled or comes in another order", () => {
  const move = fc.record({ side: fc.nat(1), item: fc.nat(3), to: fc.nat(3) })
  const delivery = fc.array(fc.nat(1000), { maxLength: 40 })
  check(fc.tuple(fc.array(move, { maxLength: 15 }), delivery), ([moves, order]) => {
    const doc = new yjs.Doc()
    const ids = ["a", "b", "c", "d"].map((text) => orderedList(doc, "steps").insert({ text }, "last", writer("ada", 0)))
    const docs = [copyOf(doc), copyOf(doc)] as const
    const updates: Uint8Array[] = [yjs.encodeStateAsUpdate(doc)]
    for (const each of docs) each.on("update", (update: Uint8Array) => void updates.push(update))
    moves.forEach(({ side, item, to }, index) => {
      const list = orderedList(docs[side] ?? docs[0], "steps")
      list.move(ids[item] ?? "", { after: ids[to] ?? "" }, writer(`user${side}`, index))
    })
    const reader = new yjs.Doc()
    for (const at of order) yjs.applyUpdate(reader, updates[at % updates.length] ?? new Uint8Array())
    mergeInto(reader, ...docs) // what was lost comes with the next sync
    mergeAll(...docs)
    const shown = orderedList(reader, "steps").list()
    expect(shown.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
    expect(shown).toEqual(orderedList(docs[0], "steps").list())
  })
})

test("[F51] control: a move by deletion and insertion, made on both sides, doubles the item", () => {
  const doc = new yjs.Doc()
  doc.getArray("steps").push(["a", "b"])
  const move = (each: yjs.Doc): void => {
    each.getArray("steps").delete(0)
    each.getArray("steps").push(["a"])
  }
  expect(apart(doc, move, move).getArray("steps").toJSON()).toEqual(["b", "a", "a"])
})
