import fc from "fast-check"
import { expect, test } from "vitest"
import * as yjs from "yjs"
import { ListOrder, type Place } from "../../shared/app/list-order.ts"
import { orderedList, type Where } from "../../shared/app/ordered-list.ts"
import { copyOf, mergeAll, writer } from "../support/merging.ts"
import { seed } from "../support/seed.ts"

const steps = (doc: yjs.Doc) => orderedList(doc, "steps")
const textOf = (value: unknown): string => (typeof value === "string" ? value : "?")
const texts = (doc: yjs.Doc): string =>
  steps(doc)
    .list()
    .map(({ fields }) => textOf(fields.get("text")))
    .join("")
const add = (doc: yjs.Doc, text: string, where: Where = "last"): string =>
  steps(doc).insert({ text }, where, writer("ada", 1))
/** A list of one-letter items; the ids of the letters. */
const listOf = (letters: string): { doc: yjs.Doc; ids: Record<string, string> } => {
  const doc = new yjs.Doc()
  const ids = Object.fromEntries(letters.split("").map((letter) => [letter, add(doc, letter)]))
  return { doc, ids }
}
const fork = (letters: string) => {
  const { doc, ids } = listOf(letters)
  const id = (letter: string): string => ids[letter] ?? ""
  return { here: doc, there: copyOf(doc), id }
}

test("[APP-49] items are put in first, last, before and after others, and moved likewise", () => {
  const { doc, ids } = listOf("bd")
  const { a, b, c, d } = { ...ids, a: add(doc, "a", "first"), c: add(doc, "c", { after: ids["b"] ?? "" }) } as never
  expect(texts(doc)).toBe("abcd")
  const move = (id: string, where: Where): boolean => steps(doc).move(id, where, writer("ada", 2))
  expect([move(a, "last"), texts(doc)]).toEqual([true, "bcda"])
  expect([move(d, { before: b }), texts(doc)]).toEqual([true, "dbca"])
  expect([move(c, { after: d }), texts(doc)]).toEqual([true, "dcba"])
  expect([move(c, { after: c }), texts(doc)]).toEqual([true, "dcba"])
  expect([move(b, { before: b }), texts(doc)]).toEqual([true, "dcba"])
  expect([move(b, "first"), texts(doc)]).toEqual([true, "bdca"])
  expect([move("nobody", "first"), move(a, { after: "nobody" }), texts(doc)]).toEqual([false, false, "bdca"])
  add(doc, "x", { before: "nobody" })
  expect(texts(doc)).toBe("bdcax")
})

test("[APP-49] an item that is deleted keeps its place: it comes back there, and others find it", () => {
  const { doc, ids } = listOf("abc")
  steps(doc).items.remove(ids["b"] ?? "", writer("ada", 2))
  expect(texts(doc)).toBe("ac")
  expect(steps(doc).move(ids["b"] ?? "", "first", writer("ada", 3))).toBe(false)
  add(doc, "x", { after: ids["b"] ?? "" })
  steps(doc).items.restore(ids["b"] ?? "", writer("ada", 4))
  expect(texts(doc)).toBe("abxc")
})

test("[APP-49] of concurrent moves of one item the later holds; it is in one place", () => {
  const { here, there, id } = fork("abc")
  steps(here).move(id("a"), "last", writer("ada", 5))
  steps(there).move(id("a"), { after: id("b") }, writer("bob", 6))
  mergeAll(here, there)
  expect([texts(here), texts(there)]).toEqual(["bac", "bac"])
  expect(steps(here).list()[1]).toMatchObject({ conflicts: [] })
})

test("[APP-49] a concurrent move and edit of one item both hold", () => {
  const { here, there, id } = fork("abc")
  steps(here).move(id("a"), "last", writer("ada", 5))
  steps(there).items.update(id("a"), { text: "A" }, writer("bob", 6))
  mergeAll(here, there)
  expect(texts(here)).toBe("bcA")
})

test.each([
  [
    "forwards",
    ["uvw", "xyz"],
    (doc: yjs.Doc, run: string, left: string) => {
      let at = left
      for (const letter of run) at = add(doc, letter, { after: at })
    }
  ],
  [
    "backwards",
    ["uvw", "xyz"],
    (doc: yjs.Doc, run: string, left: string) => {
      for (const letter of run.split("").toReversed()) add(doc, letter, { after: left })
    }
  ]
] as const)("[APP-49] what two people put in at one place, %s, stays together", (_, [one, other], put) => {
  const { here, there, id } = fork("ab")
  put(here, one, id("a"))
  put(there, other, id("a"))
  mergeAll(here, there)
  expect(texts(here)).toBe(texts(there))
  expect([`a${one}${other}b`, `a${other}${one}b`]).toContain(texts(here))
})

test("[APP-49][F36] a request that ran on both sides, on different states, put in one item and moved it once", () => {
  const { here, there, id } = fork("abc")
  steps(there).move(id("c"), "first", writer("bob", 2))
  for (const doc of [here, there]) {
    const who = writer("ada", 3, "same")
    steps(doc).insert({ text: "x" }, { before: id("c") }, who)
    steps(doc).move(id("a"), "last", who)
  }
  mergeAll(here, there)
  expect(texts(here)).toBe(texts(there))
  expect(texts(here).split("").toSorted().join("")).toBe("abcx")
})

test("[APP-49][F60] places that hang in the air or in a circle, and items without one, are shown last and once", () => {
  const { doc } = listOf("ab")
  const map = doc.getMap("records:list:steps")
  const put = (record: string, field: string, writeId: string, value: unknown): void =>
    void map.set(`${record}/${field}/${writeId}`, { value, supersedes: [], by: "eve", at: 1 })
  for (const [record, place] of [
    ["p", { parent: "nowhere/x", side: "before" }],
    ["q", { parent: "r/r", side: "after" }],
    ["r", { parent: "q/q", side: "after" }],
    ["s", undefined]
  ] as const) {
    put(record, "text", "t", record)
    if (place) put(record, "$position", record, place)
  }
  expect(texts(doc)).toBe("abpqrs")
  add(doc, "z")
  expect(texts(doc).split("").toSorted().join("")).toBe("abpqrsz")
})

test("[APP-49] a list as deep as it is long is walked without recursion", () => {
  const places = new Map<string, Place>()
  for (let index = 0; index < 50_000; index++)
    places.set(String(index), {
      parent: index === 0 ? "" : String(index - 1),
      side: index % 2 === 0 ? "after" : "before"
    })
  expect(new ListOrder(places).places()).toHaveLength(50_000)
})

const operation = fc.record({
  kind: fc.constantFrom("insert", "insert", "insert", "move", "move", "remove", "restore", "sync"),
  replica: fc.integer({ min: 0, max: 2 }),
  item: fc.nat(30),
  at: fc.integer({ min: 0, max: 5 }),
  where: fc.constantFrom("first", "last", "after", "before"),
  next: fc.nat(30)
})
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

function perform({ kind, replica, item, at, where, next }: Operation, docs: readonly yjs.Doc[]): void {
  const doc = docs[replica] ?? new yjs.Doc()
  if (kind === "sync") return mergeAll(...docs)
  const list = steps(doc)
  const ids = list.items.ids()
  const id = ids[item % Math.max(ids.length, 1)] ?? ""
  const neighbour = ids[next % Math.max(ids.length, 1)] ?? ""
  const place = where === "first" || where === "last" ? where : ({ [where]: neighbour } as unknown as Where)
  const who = writer(`user${replica}`, at)
  if (kind === "insert") list.insert({ text: "x" }, place, who)
  else if (kind === "move") movesWhereItShould(doc, id, place, neighbour, who)
  else if (kind === "remove") list.items.remove(id, who)
  else list.items.restore(id, who)
}

/** On the replica that moves an item, it then stands where it was told to. */
function movesWhereItShould(
  doc: yjs.Doc,
  id: string,
  where: Where,
  neighbour: string,
  who: ReturnType<typeof writer>
): void {
  const list = steps(doc)
  if (!list.move(id, where, who) || id === neighbour) return
  const ids = list.list().map((item) => item.id)
  const at = ids.indexOf(id)
  if (where === "first") expect(at).toBe(0)
  else if (where === "last") expect(at).toBe(ids.length - 1)
  else if (list.items.get(neighbour)) expect(ids.indexOf(neighbour)).toBe("after" in where ? at - 1 : at + 1)
}

test("[APP-49][F51] merged in any order every replica shows the same list, each item that is there once", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 80 }), (operations) => {
      const docs = [new yjs.Doc(), new yjs.Doc(), new yjs.Doc()] as const
      for (const one of operations) perform(one, docs)
      mergeAll(...docs)
      const shown = docs.map((doc) =>
        steps(doc)
          .list()
          .map(({ id }) => id)
      )
      expect(shown[1]).toEqual(shown[0])
      expect(shown[2]).toEqual(shown[0])
      const there = steps(docs[0])
        .items.list()
        .map(({ id }) => id)
      expect(shown[0]?.toSorted()).toEqual(there.toSorted())
    }),
    { seed: seed(), numRuns: 300 }
  )
})

test("[APP-49] runs of any number of people at any place are never mixed", () => {
  const run = fc.record({ who: fc.nat(2), length: fc.integer({ min: 1, max: 6 }), backwards: fc.boolean() })
  fc.assert(
    fc.property(fc.array(run, { minLength: 3, maxLength: 3 }), fc.nat(3), (runs, left) => {
      const { doc, ids } = listOf("abc")
      const start = Object.values(ids)[left - 1]
      const docs = runs.map(() => copyOf(doc))
      runs.forEach(({ length, backwards }, index) => {
        const mine = docs[index] ?? doc
        let at = start
        for (let count = 0; count < length; count++) {
          const where: Where = at === undefined ? "first" : { after: at }
          const id = add(mine, String(index), where)
          if (!backwards) at = id
        }
      })
      mergeAll(...docs)
      const merged = texts(docs[0] ?? doc).replace(/[a-z]/g, "")
      expect(merged.replace(/(.)\1*/g, "$1")).toHaveLength(new Set(merged).size)
    }),
    { seed: seed(), numRuns: 200 }
  )
})
