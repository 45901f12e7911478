/**
 * Which user a Yjs client id belongs to: the one who used it first. New structs under somebody else's id are refused,
 * so that nobody can write in another's name (DESIGN 3.4, trust; F75). Keeps SPEC rule DOC-7.
 */
import type { DocumentStorage } from "./tables.ts"

/** Owner of the ids that this object itself writes under; no person's subject is empty. */
export const EDGE_OWNER = ""

export class ClientOwners {
  readonly #sql: SqlStorage
  /** A cache of the table. */
  readonly #known = new Map<number, string>()

  constructor(storage: DocumentStorage) {
    this.#sql = storage.sql
  }

  /** The first of `clients` that belongs to somebody else than `user`, undefined when none does. */
  foreign(clients: Iterable<number>, user: string): number | undefined {
    for (const client of clients) {
      const owner = this.#ownerOf(client)
      if (owner !== undefined && owner !== user) return client
    }
    return undefined
  }

  /** Gives those of `clients` that nobody has to `user`; called inside the unit's transaction. */
  claim(clients: Iterable<number>, user: string): void {
    for (const client of clients) {
      if (this.#ownerOf(client) !== undefined) continue
      this.#sql.exec("INSERT OR IGNORE INTO clients (client, user) VALUES (?, ?)", client, user)
    }
  }

  /** Remembers only what was read back: a transaction that fails leaves no trace here. */
  #ownerOf(client: number): string | undefined {
    const known = this.#known.get(client)
    if (known !== undefined) return known
    const row = this.#sql.exec<{ user: string }>("SELECT user FROM clients WHERE client = ?", client).toArray()[0]
    if (row !== undefined) this.#known.set(client, row.user)
    return row?.user
  }
}
