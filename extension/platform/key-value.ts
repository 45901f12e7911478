/** Small values of the extension itself (not people's data) in IndexedDB, each write strict and alone. */

export interface KeyValue {
  get(key: string): Promise<unknown>
  /** Resolves when the value is on the disk. */
  set(key: string, value: unknown): Promise<void>
  /** Stores the value unless the key has one; resolves to the one that is on the disk then. */
  setOnce(key: string, value: unknown): Promise<unknown>
  delete(key: string): Promise<void>
  /** All entries whose key begins with `prefix`, in order. */
  entries(prefix: string): Promise<readonly (readonly [key: string, value: unknown])[]>
  close(): void
}

const STORE = "values"

/** Opens the database `name`; made when it is not there. */
export const openKeyValue = async (name: string): Promise<KeyValue> => {
  const opening = indexedDB.open(name, 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE)
  const database = await resultOf(opening)
  database.onversionchange = () => database.close()
  const read = <T>(ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> =>
    resultOf(ask(database.transaction(STORE, "readonly").objectStore(STORE)))
  const write = (work: (store: IDBObjectStore) => void): Promise<void> => writeStrictly(database, work)
  return {
    get: (key) => read((store) => store.get(key) as IDBRequest<unknown>),
    set: (key, value) => write((store) => store.put(value, key)),
    setOnce: async (key, value) => {
      let held: unknown
      await writeStrictly(database, (store) => {
        const reading = store.get(key)
        reading.onsuccess = () => {
          held = reading.result ?? value
          if (reading.result === undefined) store.put(value, key)
        }
      })
      return held
    },
    delete: (key) => write((store) => store.delete(key)),
    entries: async (prefix) => {
      const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`)
      const [keys, values] = await Promise.all([
        read((store) => store.getAllKeys(range)),
        read((store) => store.getAll(range) as IDBRequest<unknown[]>)
      ])
      return keys.map((key, index) => [typeof key === "string" ? key : "", values[index]] as const)
    },
    close: () => database.close()
  }
}

const writeStrictly = (database: IDBDatabase, work: (store: IDBObjectStore) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, "readwrite", { durability: "strict" })
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error ?? new DOMException("transaction aborted", "AbortError"))
    work(transaction.objectStore(STORE))
  })

const resultOf = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new DOMException("request failed", "UnknownError"))
  })
