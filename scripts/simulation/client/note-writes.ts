/**
 * Has fake-indexeddb say what is written, to the disk of the browser that runs: whoever writes calls these functions, the
 * product's own code and y-indexeddb alike.
 */
import { IDBCursor, IDBDatabase, IDBObjectStore, IDBTransaction } from "fake-indexeddb"
import { aroundCurrent } from "../world/current.ts"
import type { WriteList } from "./disk.ts"

const transactions = new WeakMap<IDBTransaction, WriteList>()

/** What a transaction writes goes on the list of the disk of whoever runs. */
const noted = (transaction: IDBTransaction): WriteList | undefined => {
  const { disk } = aroundCurrent()
  const known = transactions.get(transaction)
  if (known !== undefined || disk === null || transaction.mode === "readonly") return known
  const isStrict = transaction.durability === "strict"
  const made = disk.begin(transaction.db.name, isStrict)
  transactions.set(transaction, made)
  transaction.addEventListener("complete", () => disk.end(made, true))
  transaction.addEventListener("abort", () => disk.end(made, false))
  return made
}

const wrap = <T extends object, K extends keyof T>(prototype: T, name: K, around: (original: T[K]) => T[K]): void => {
  prototype[name] = around(prototype[name])
}

/** `restore` fills databases by the same functions: what it writes is there already. */
const isRestoring = (): boolean => aroundCurrent().disk === null

wrap(
  IDBDatabase.prototype,
  "transaction",
  (original) =>
    function (this: IDBDatabase, ...args) {
      const transaction = original.apply(this, args)
      noted(transaction)
      return transaction
    }
)
wrap(
  IDBTransaction.prototype,
  "abort",
  (original) =>
    function (this: IDBTransaction) {
      const known = transactions.get(this)
      // At once, not with the event: a browser that is killed in between leaves nothing of it.
      if (known !== undefined) aroundCurrent().disk?.end(known, false)
      return original.call(this)
    }
)
wrap(
  IDBTransaction.prototype,
  "commit",
  (original) =>
    function (this: IDBTransaction) {
      const { disk } = aroundCurrent()
      if (disk === null || disk.failures === 0) return original.call(this)
      disk.failures--
      this.abort()
    }
)
wrap(
  IDBDatabase.prototype,
  "createObjectStore",
  (original) =>
    function (this: IDBDatabase, name, options = {}) {
      const store = original.call(this, name, options)
      noted(store.transaction)?.writes.push({ kind: "make", store: name, version: this.version, options, indices: [] })
      return store
    }
)
wrap(
  IDBObjectStore.prototype,
  "createIndex",
  (original) =>
    function (this: IDBObjectStore, name, keyPath, options) {
      const made = noted(this.transaction)?.writes.find((write) => write.kind === "make" && write.store === this.name)
      if (made?.kind === "make") made.indices.push({ name, keyPath: keyPath as string })
      return original.call(this, name, keyPath as string, options)
    }
)
for (const name of ["put", "add"] as const)
  wrap(
    IDBObjectStore.prototype,
    name,
    (original) =>
      function (this: IDBObjectStore, value, key) {
        const request = key === undefined ? original.call(this, value) : original.call(this, value, key)
        if (!isRestoring())
          // Not copied: nothing of what the product stores is changed afterwards.
          noted(this.transaction)?.writes.push({ kind: "put", store: this.name, value, key, request })
        return request
      }
  )
wrap(
  IDBObjectStore.prototype,
  "delete",
  (original) =>
    function (this: IDBObjectStore, key) {
      noted(this.transaction)?.writes.push({ kind: "delete", store: this.name, key })
      return original.call(this, key)
    }
)
wrap(
  IDBCursor.prototype,
  "delete",
  (original) =>
    function (this: IDBCursor) {
      const store = "objectStore" in this.source ? this.source.objectStore : this.source
      noted(store.transaction)?.writes.push({ kind: "delete", store: store.name, key: this.primaryKey })
      return original.call(this)
    }
)
