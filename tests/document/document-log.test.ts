import { expect, test } from "vitest"
import { DocumentLog } from "../../edge/document/document-log.ts"
import type { DocumentStorage } from "../../edge/document/tables.ts"

/** Storage with nothing in it, whose transactions fail when told so. */
const emptyStorage = () => {
  const disk = { isBroken: false }
  const rows = { one: () => ({ rows: 0, bytes: 0 }), toArray: () => [] }
  const storage = {
    sql: { exec: () => rows },
    transactionSync: <T>(run: () => T): T => {
      const done = run()
      if (disk.isBroken) throw new Error("disk full")
      return done
    }
  }
  return { disk, storage: storage as unknown as DocumentStorage }
}

test("[DOC-24] what could not be stored does not count as stored", () => {
  const { disk, storage } = emptyStorage()
  const log = new DocumentLog(storage, () => "i")
  const write = (): void => log.transaction(() => log.append(new Uint8Array(1000), "ann"))
  disk.isBroken = true
  for (let attempt = 0; attempt < 3; attempt++) expect(write).toThrow("disk full")
  expect(log.bytes).toBe(0)
  disk.isBroken = false
  write()
  expect(log.bytes).toBe(1000)
})
