import fc from "fast-check"
import { expect, test } from "vitest"
import * as yjs from "yjs"
import { sharedText } from "../../shared/app/shared-text.ts"
import { changeAfter, changeBetween, type TextChange } from "../../shared/app/text-change.ts"
import { copyOf, mergeAll } from "../support/merging.ts"
import { seed } from "../support/seed.ts"

const notes = (doc: yjs.Doc) => sharedText(doc, "notes", "event-1")
const docWith = (text: string): yjs.Doc => {
  const doc = new yjs.Doc()
  notes(doc).insert(0, text)
  return doc
}

test("[APP-52] a text is written, cut and read; texts of other names and records are others", () => {
  const doc = docWith("Bring cups")
  notes(doc).insert(10, " and plates")
  notes(doc).remove(0, 6)
  expect(notes(doc).read()).toBe("cups and plates")
  expect([sharedText(doc, "notes").read(), sharedText(doc, "notes", "event-2").read()]).toEqual(["", ""])
  expect(() => sharedText(doc, "notes", "a/b")).toThrow("a/b")
})

test("[APP-52][F46] a text that both sides begin at once holds what both wrote", () => {
  const [here, there] = [docWith("Ann's. "), docWith("Bob's. ")]
  mergeAll(here, there)
  expect(notes(here).read()).toBe(notes(there).read())
  expect(["Ann's. Bob's. ", "Bob's. Ann's. "]).toContain(notes(here).read())
})

test("[APP-52] what two people write in one text on both sides stays where each wrote it", () => {
  const here = docWith("one three")
  const there = copyOf(here)
  notes(here).insert(4, "two ")
  notes(there).insert(9, " four")
  mergeAll(here, there)
  expect([notes(here).read(), notes(there).read()]).toEqual(["one two three four", "one two three four"])
})

test("[APP-52][F60] a root type of the text's name that somebody filled otherwise is contained", () => {
  const other = new yjs.Doc()
  other.getMap("text:notes/event-1").set("x", 1)
  const doc = copyOf(other)
  notes(doc).insert(0, "a")
  expect(notes(doc).read()).toBe("a")
})

test("[APP-53] a form's text changes what its author changed, and leaves what others wrote since", () => {
  const doc = docWith("one two three")
  notes(doc).insert(13, " four")
  notes(doc).write("one two three", "one 2 three")
  expect(notes(doc).read()).toBe("one 2 three four")
  notes(doc).write("one two three", "one two three")
  expect(notes(doc).read()).toBe("one 2 three four")
})

test("[APP-53] of a character of two units no half is left, wherever a change begins and ends", () => {
  const doc = docWith("a😀b")
  notes(doc).insert(2, "x")
  expect(notes(doc).read()).toBe("ax😀b")
  notes(doc).remove(3, 4)
  expect(notes(doc).read()).toBe("axb")
  const other = docWith("😀")
  notes(other).write("😀", "😃") // the same first unit, another second one
  expect(notes(other).read()).toBe("😃")
})

const letters = fc.string({ unit: fc.constantFrom("a", "b", "c", "😀", "😃"), maxLength: 12 })
const applied = (text: string, changes: readonly TextChange[]): string =>
  changes.reduce((now, { at, removed, piece }) => now.slice(0, at) + piece + now.slice(at + removed), text)

test("[APP-53] a change between two texts makes the one of the other, and cuts no character", () => {
  fc.assert(
    fc.property(letters, letters, letters, (seen, next, theirs) => {
      const change = changeBetween(seen, next)
      expect(applied(seen, [change])).toBe(next)
      expect(change.piece.isWellFormed()).toBe(true)
      // After somebody else's change both are there: each one's piece, and no half of a character.
      const other = changeBetween(seen, theirs)
      const both = applied(theirs, changeAfter(change, other))
      expect(both.isWellFormed()).toBe(true)
      for (const { piece } of [change, other]) expect(both).toContain(piece)
      if (change.removed === 0 && other.removed === 0)
        expect(both).toHaveLength(seen.length + change.piece.length + other.piece.length)
    }),
    { seed: seed(), numRuns: 1000 }
  )
})

const edit = fc.record({
  replica: fc.integer({ min: 0, max: 2 }),
  kind: fc.constantFrom("insert", "insert", "remove", "write", "sync"),
  from: fc.nat(20),
  length: fc.nat(4),
  piece: letters
})

test("[APP-53][F51] merged in any order every replica reads the same text, without half characters", () => {
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 60 }), (edits) => {
      const docs = [new yjs.Doc(), new yjs.Doc(), new yjs.Doc()] as const
      for (const { replica, kind, from, length, piece } of edits) {
        const text = notes(docs[replica] ?? docs[0])
        if (kind === "insert") text.insert(from, piece)
        else if (kind === "remove") text.remove(from, from + length)
        else if (kind === "write") text.write(text.read(), piece)
        else mergeAll(...docs)
      }
      mergeAll(...docs)
      const read = docs.map((doc) => notes(doc).read())
      expect(new Set(read).size).toBe(1)
      expect(read[0]?.isWellFormed()).toBe(true)
      expect(read[0]).not.toContain("\uFFFD")
    }),
    { seed: seed(), numRuns: 200 }
  )
})
