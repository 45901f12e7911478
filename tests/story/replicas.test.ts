import { expect, test } from "vitest"
import * as Y from "yjs"
import { difference, replicaOf } from "../../scripts/story/check/replicas.ts"

/** Two copies of one document, one of which has `change` in the place of `like`. */
const copies = (like: (doc: Y.Doc) => void, change: (doc: Y.Doc) => void) => {
  const docs = [like, change].map((write) => {
    const doc = new Y.Doc()
    doc.clientID = 1
    write(doc)
    return doc
  })
  return docs.map((doc, index) => replicaOf(`holder ${index}`, "d", [Y.encodeStateAsUpdate(doc)]))
}

test.for([
  ["a map", (word: string) => (doc: Y.Doc) => void doc.getMap("root").set("key", word)],
  ["a text", (word: string) => (doc: Y.Doc) => doc.getText("root").insert(0, word)],
  ["a list", (word: string) => (doc: Y.Doc) => doc.getArray("root").push(word.split(""))]
] as const)("[STO-6] copies of %s with the same structs and other values differ", ([, write]) => {
  const [one, same] = copies(write("abc"), write("abc"))
  const [, other] = copies(write("abc"), write("abd"))
  if (one === undefined || same === undefined || other === undefined) throw new Error("copies were made")
  same.doc.getText("opened")
  expect(difference(one, same)).toBeNull()
  expect(difference(one, other)).toContain("values")
})
