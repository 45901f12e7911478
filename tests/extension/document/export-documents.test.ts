import { fromBase64 } from "lib0/buffer"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { exportDocuments } from "../../../extension/document/export-documents.ts"

test("[CON-23] maps, lists and text are readable, the bytes are whole, and the document stays as it was", () => {
  const source = new Y.Doc()
  source.getMap("events").set("a/title", { value: "Dentist" })
  source.getArray("order").push(["a"])
  source.getText("notes").insert(0, "by hand")
  // As a replica has it: its roots have no type until somebody asks for one.
  const doc = new Y.Doc()
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(source))
  const text = exportDocuments(
    { subject: "ann" },
    [{ id: "schedule/user/ann", role: "owner", schema: 2, unsent: 1, doc }],
    0
  )
  const { documents, ...head } = JSON.parse(text) as { documents: { state: string }[] }
  expect(head).toEqual({ format: 1, subject: "ann", at: "1970-01-01T00:00:00.000Z" })
  expect(documents).toMatchObject([
    {
      id: "schedule/user/ann",
      unsent: 1,
      content: { events: { "a/title": { value: "Dentist" } }, order: ["a"], notes: "by hand" }
    }
  ])
  const restored = new Y.Doc()
  Y.applyUpdate(restored, fromBase64(documents[0]?.state ?? ""))
  expect(restored.getMap("events").toJSON()).toEqual({ "a/title": { value: "Dentist" } })
  expect(doc.share.get("events")?.constructor).toBe(Y.AbstractType)
})
