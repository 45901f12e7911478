import { IDBFactory, IDBKeyRange, IDBTransaction } from "fake-indexeddb"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { UserDatabase } from "../../../extension/document/user-database.ts"

const owner = { service: "schedule", origin: "http://x", issuer: "test", subject: "ann" }

beforeEach(() => {
  vi.stubGlobal("indexedDB", new IDBFactory())
  vi.stubGlobal("IDBKeyRange", IDBKeyRange)
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

test("[F39] [CLI-19] a full disk keeps nobody from what is stored: old answers that cannot be forgotten are told of", async () => {
  const problems: string[] = []
  const fresh = await UserDatabase.open(owner, 1000, (cause) => problems.push(String(cause)))
  await fresh.putRow({ ...(await fresh.row("d")), instance: "i" })
  fresh.close()
  vi.spyOn(IDBTransaction.prototype, "commit").mockImplementation(function (this: IDBTransaction) {
    this.abort()
  })
  const again = await UserDatabase.open(owner, 1000, (cause) => problems.push(String(cause)))
  expect(await again.row("d")).toMatchObject({ instance: "i" })
  expect(problems).toHaveLength(1)
})
