import fc from "fast-check"
import { expect, test } from "vitest"
import * as yjs from "yjs"
import { counter } from "../../shared/app/counter.ts"
import { records, type Records } from "../../shared/app/records.ts"
import type { Writer } from "../../shared/app/record-entry.ts"
import { copyOf, mergeInto, writer } from "../support/merging.ts"
import { seed } from "../support/seed.ts"

const merge = (into: yjs.Doc, ...from: readonly yjs.Doc[]): Records => records(mergeInto(into, ...from), "events")
const titleOf = (doc: yjs.Doc, id: string): unknown => records(doc, "events").get(id)?.fields.get("title")
/** One event in two documents that do not know of each other's changes from here on. */
const fork = (): { here: yjs.Doc; there: yjs.Doc; id: string } => {
  const here = new yjs.Doc()
  const id = records(here, "events").create({ title: "Lunch", place: "Room 1" }, writer("ada", 1))
  return { here, there: copyOf(here), id }
}

test("[APP-40] a record is written, changed and read; every write stays in its history", () => {
  const doc = new yjs.Doc()
  const events = records(doc, "events")
  const id = events.create({ title: "Lunch", place: "" }, writer("ada", 1))
  expect(events.update(id, { title: "Dinner", place: "" }, writer("bob", 2))).toBe(true)
  expect(events.get(id)?.fields).toEqual(
    new Map([
      ["title", "Dinner"],
      ["place", ""]
    ])
  )
  expect(events.history(id).map(({ field, value, by }) => [field, value, by])).toEqual([
    ["title", "Lunch", "ada"],
    ["place", "", "ada"],
    ["title", "Dinner", "bob"]
  ])
  expect(events.list()).toHaveLength(1)
})

test("[APP-42][F45] of concurrent writes the later is shown, the other stays side by side until somebody settles it", () => {
  const { here, there, id } = fork()
  records(here, "events").update(id, { title: "Brunch" }, writer("ada", 5))
  records(there, "events").update(id, { title: "Supper" }, writer("bob", 4))
  const merged = merge(here, there)
  merge(there, here)
  expect([titleOf(here, id), titleOf(there, id)]).toEqual(["Brunch", "Brunch"])
  expect(merged.get(id)?.conflicts).toEqual(["title"])
  expect(merged.history(id).map((entry) => entry.value)).toContain("Supper")
  merged.update(id, { title: "Supper" }, writer("ada", 6))
  expect(merged.get(id)).toMatchObject({ conflicts: [] })
  expect(titleOf(here, id)).toBe("Supper")
})

/** One event whose title was changed on both sides. */
const titleConflict = (): { readonly doc: yjs.Doc; readonly merged: Records; readonly id: string } => {
  const { here, there, id } = fork()
  records(here, "events").update(id, { title: "Brunch" }, writer("ada", 5))
  records(there, "events").update(id, { title: "Supper" }, writer("bob", 4))
  return { doc: here, merged: merge(here, there), id }
}

test("[APP-48][F45] the values that stand side by side are told with who and when, the shown one first", () => {
  const { merged, id } = titleConflict()
  expect(merged.values(id, "title").map(({ value, by, at }) => [value, by, at])).toEqual([
    ["Brunch", "ada", 5],
    ["Supper", "bob", 4]
  ])
  expect(merged.values(id, "place")).toHaveLength(1)
  expect(merged.values(id, "nothing")).toEqual([])
})

test.each([
  ["the other", 1, "Supper"],
  ["the shown one", 0, "Brunch"]
])(
  "[APP-48][F45] taking %s settles the field; the value that was not taken stays in the history",
  (_, index, taken) => {
    const { merged, id } = titleConflict()
    const chosen = merged.values(id, "title")[index]?.writeId ?? ""
    expect(merged.choose(id, "title", chosen, writer("eve", 6))).toBe(true)
    expect(merged.get(id)).toMatchObject({ conflicts: [] })
    expect(merged.values(id, "title").map(({ value, by }) => [value, by])).toEqual([[taken, "eve"]])
    expect(merged.history(id).map(({ value }) => value)).toEqual(expect.arrayContaining(["Brunch", "Supper"]))
    // Asked once more, it is settled that way; the other value is no choice any more.
    expect(merged.choose(id, "title", chosen, writer("eve", 7))).toBe(true)
    const other = taken === "Brunch" ? "Supper" : "Brunch"
    const gone = merged.history(id).find(({ value }) => value === other)?.writeId ?? ""
    expect(merged.choose(id, "title", gone, writer("bob", 8))).toBe(false)
    expect(merged.choose(id, "title", "nobody's", writer("bob", 8))).toBe(false)
    expect(merged.values(id, "title").map(({ value }) => value)).toEqual([taken])
  }
)

test("[APP-48][F45] two people who settle it differently at once are in conflict again, and nothing is lost", () => {
  const { doc, id } = titleConflict()
  const other = copyOf(doc)
  for (const [index, side] of [doc, other].entries()) {
    const events = records(side, "events")
    events.choose(id, "title", events.values(id, "title")[index]?.writeId ?? "", writer(`user${index}`, 9 + index))
  }
  const merged = merge(doc, other)
  expect(merged.values(id, "title").map(({ value, by }) => [value, by])).toEqual([
    ["Supper", "user1"],
    ["Brunch", "user0"]
  ])
})

test("[APP-48] the same value written on both sides is no conflict; a form that leaves a field alone settles nothing", () => {
  const { here, there, id } = fork()
  records(here, "events").update(id, { title: "Brunch" }, writer("ada", 5))
  records(there, "events").update(id, { title: "Brunch", place: "Room 2" }, writer("bob", 4))
  records(here, "events").update(id, { place: "Room 3" }, writer("ada", 6))
  const merged = merge(here, there)
  expect(merged.get(id)?.conflicts).toEqual(["place"])
  merged.update(id, { title: "Brunch", place: "Room 3" }, writer("ada", 7))
  expect(merged.get(id)?.conflicts).toEqual(["place"])
})

test("[APP-42] an earlier clock does not undo a write that knew the other", () => {
  const { here, id } = fork()
  const events = records(here, "events")
  events.update(id, { title: "Brunch" }, writer("ada", 1000))
  events.update(id, { title: "Supper" }, writer("bob", 5))
  expect(titleOf(here, id)).toBe("Supper")
})

test("[APP-42] concurrent writes of different fields both hold", () => {
  const { here, there, id } = fork()
  records(here, "events").update(id, { title: "Brunch" }, writer("ada", 5))
  records(there, "events").update(id, { place: "Room 2" }, writer("bob", 4))
  expect(merge(here, there).get(id)).toMatchObject({
    conflicts: [],
    fields: new Map([
      ["title", "Brunch"],
      ["place", "Room 2"]
    ])
  })
})

test("[APP-43][F48] a deletion wins over a concurrent edit, which stays in the history and comes back with a restore", () => {
  const { here, there, id } = fork()
  records(here, "events").remove(id, writer("ada", 5), { token: "t1" })
  records(there, "events").update(id, { title: "Supper" }, writer("bob", 9))
  const merged = merge(here, there)
  expect(merged.get(id)).toBeUndefined()
  expect(merged.knows(id)).toBe(true)
  expect(merged.list()).toEqual([])
  expect(merged.history(id).map((entry) => entry.value)).toEqual(expect.arrayContaining(["Supper", "t1", true]))
  expect(merged.update(id, { title: "x" }, writer("ada", 10))).toBe(false)
  merged.restore(id, writer("ada", 11))
  expect(titleOf(here, id)).toBe("Supper")
})

test("[APP-47][F48] a deletion that did not know of an edit says so, with both people and times, until somebody decides", () => {
  const { here, there, id } = fork()
  records(here, "events").remove(id, writer("ada", 5), { token: "t1" })
  records(there, "events").update(id, { title: "Supper", place: "Hall" }, writer("bob", 9))
  records(there, "events").update(id, { title: "Late supper" }, writer("bob", 10))
  const merged = merge(here, there)
  const [found, ...more] = merged.listEditedAndDeleted()
  expect(more).toEqual([])
  expect(found).toEqual(merged.getDeleted(id))
  expect(found).toMatchObject({ id, deletion: { by: "ada", at: 5 } })
  expect(found?.fields.get("title")).toBe("Late supper")
  expect(found?.unseen.map(({ field, value, by, at }) => [field, value, by, at])).toEqual([
    ["title", "Late supper", "bob", 10],
    ["place", "Hall", "bob", 9]
  ])
  const left = records(copyOf(here), "events")
  left.remove(id, writer("ada", 11))
  expect([left.listEditedAndDeleted(), left.getDeleted(id)?.unseen]).toEqual([[], []])
  merged.restore(id, writer("ada", 11))
  expect([merged.listEditedAndDeleted(), merged.getDeleted(id)]).toEqual([[], undefined])
  expect(merged.get(id)?.fields.get("title")).toBe("Late supper")
})

test("[APP-47] a deletion of what its author saw is just a deletion, and so is one of two that saw the edit", () => {
  const { here, there, id } = fork()
  records(here, "events").update(id, { title: "Supper" }, writer("bob", 9))
  records(there, "events").remove(id, writer("ada", 5))
  records(here, "events").remove(id, writer("bob", 10), { token: "t2" })
  expect(records(here, "events").getDeleted(id)?.unseen).toEqual([])
  expect(merge(here, there).listEditedAndDeleted()).toEqual([])
})

test("[APP-44] a write takes the same ids whatever is there: what a request writes next is the same on both sides", () => {
  const { here, id } = fork()
  const nextId = (events: Records, write: (events: Records, who: Writer) => unknown): string => {
    const who = writer("ada", 5, "same")
    write(events, who)
    return who.newId()
  }
  for (const write of [
    (events: Records, who: Writer) => events.update(id, { title: "x" }, who),
    (events: Records, who: Writer) => events.choose(id, "title", "x", who),
    (events: Records, who: Writer) => events.remove(id, who),
    (events: Records, who: Writer) => events.restore(id, who)
  ])
    expect(nextId(records(here, "events"), write)).toBe(nextId(records(new yjs.Doc(), "events"), write))
})

test("[APP-43] what never was can be neither changed nor deleted", () => {
  const events = records(new yjs.Doc(), "events")
  expect(events.update("nobody", { title: "x" }, writer("ada", 1))).toBe(false)
  expect(events.remove("nobody", writer("ada", 1))).toBe(false)
  expect(events.entries()).toEqual([])
})

test("[APP-44][F36] a request repeated on the other side writes the same entries, and undoes nothing that came later", () => {
  const { here, there, id } = fork()
  records(here, "events").update(id, { title: "Brunch" }, writer("ada", 5, "same"))
  records(there, "events").update(id, { title: "Brunch" }, writer("ada", 5, "same"))
  const merged = merge(here, there)
  expect(merged.history(id).filter((entry) => entry.value === "Brunch")).toHaveLength(1)
  merged.update(id, { title: "Supper" }, writer("bob", 6))
  merged.update(id, { title: "Brunch", place: "Room 9" }, writer("ada", 5, "same"))
  expect(merged.get(id)?.fields).toEqual(
    new Map([
      ["title", "Supper"],
      ["place", "Room 1"]
    ])
  )
})

test("[APP-41][F59] what is no entry is left alone, and strange names stay inert", () => {
  const { here, id } = fork()
  const map = here.getMap("records:events")
  for (const [key, value] of [
    ["x", 1],
    ["a/b", {}],
    ["a/b/c", { value: 1 }],
    ["a/b/c/d", {}],
    ["__proto__/title/w", null]
  ] as const)
    map.set(key, value)
  map.set("__proto__/__proto__/w", { value: "x", supersedes: [], by: "eve", at: 1 })
  const events = records(here, "events")
  expect(events.get(id)?.fields.get("title")).toBe("Lunch")
  expect(events.list()).toHaveLength(2)
  expect(({} as Record<string, unknown>)["value"]).toBeUndefined()
  expect(() => events.put("a/b", { title: "x" }, writer("ada", 1))).toThrow("a/b")
  expect(() => events.put("a", { "b/c": "x" }, writer("ada", 1))).toThrow("b/c")
})

test("[APP-42] writes that supersede each other in a circle show one of them", () => {
  const doc = new yjs.Doc()
  const map = doc.getMap("records:events")
  map.set("r/title/a", { value: "A", supersedes: ["b"], by: "eve", at: 1 })
  map.set("r/title/b", { value: "B", supersedes: ["a", "b"], by: "eve", at: 1 })
  expect(titleOf(doc, "r")).toBe("B")
})

test("[APP-46][F47] a counter is the sum of what everybody added, a repeat counts once", () => {
  const [here, there] = [new yjs.Doc(), new yjs.Doc()]
  counter(here, "visits").add(2, writer("ada", 1, "same"))
  counter(there, "visits").add(2, writer("ada", 1, "same"))
  counter(there, "visits").add(-5, writer("bob", 1))
  counter(here, "visits").add(10, writer("ada", 2))
  merge(here, there)
  expect(counter(here, "visits").value()).toBe(7)
  here.getMap("counter:visits").set("bad", "1e9")
  expect(counter(here, "visits").value()).toBe(7)
})

const operation = fc.record({
  kind: fc.constantFrom("create", "update", "update", "update", "remove", "restore", "sync"),
  replica: fc.integer({ min: 0, max: 2 }),
  record: fc.nat(20),
  at: fc.integer({ min: 0, max: 5 }),
  value: fc.integer({ min: 0, max: 3 })
})
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

function perform(
  { kind, replica, record, at, value }: Operation,
  docs: readonly yjs.Doc[],
  written: Set<string>
): void {
  const doc = docs[replica]
  if (!doc) return
  if (kind === "sync") return void merge(doc, ...docs)
  const events = records(doc, "events")
  const ids = [...new Set(events.entries().map((entry) => entry.record))]
  const id = ids[record % Math.max(ids.length, 1)] ?? ""
  const who = writer(`user${replica}`, at)
  const token = `${kind}-${who.newId()}`
  if (kind === "create") events.create({ title: String(value), token }, who)
  else if (kind === "restore") return void events.restore(id, who)
  else if (
    kind === "remove" ? !events.remove(id, who, { token }) : !events.update(id, { title: String(value), token }, who)
  )
    return
  written.add(token)
}

/** What anybody can see of a document: shown values, conflicts, every entry. */
const view = (doc: yjs.Doc): unknown => {
  const events = records(doc, "events")
  const shown = events
    .list()
    .map(({ id, fields, conflicts }) =>
      JSON.stringify([id, [...fields].map((field) => JSON.stringify(field)).toSorted(), conflicts.toSorted()])
    )
  return [
    shown.toSorted(),
    events
      .entries()
      .map((entry) => JSON.stringify(entry))
      .toSorted()
  ]
}

test(
  "[APP-45][F46][F51] merged in any order, every replica shows the same and no write is lost",
  { timeout: 120_000 },
  () => {
    fc.assert(
      fc.property(
        fc.array(operation, { maxLength: 60 }),
        fc.shuffledSubarray([0, 1, 2], { minLength: 3 }),
        (operations, order) => {
          const docs = [new yjs.Doc(), new yjs.Doc(), new yjs.Doc()]
          const written = new Set<string>()
          for (const one of operations) perform(one, docs, written)
          const parts = docs.map((doc) => yjs.encodeStateAsUpdate(doc))
          const read = (indexes: readonly number[]): unknown => {
            const doc = new yjs.Doc()
            for (const index of indexes) yjs.applyUpdate(doc, parts[index] ?? new Uint8Array())
            return view(doc)
          }
          expect(read(order)).toEqual(read([0, 1, 2, 2, 0]))
          for (const doc of docs) merge(doc, ...docs)
          for (const doc of docs) expect(view(doc)).toEqual(read([0, 1, 2])) // the index kept up to date = one made anew
          const found = new Set(
            records(docs[0] ?? new yjs.Doc(), "events")
              .entries()
              .map((entry) => entry.value)
          )
          for (const token of written) expect(found).toContain(token)
        }
      ),
      { seed: seed(), numRuns: 150 }
    )
  }
)
