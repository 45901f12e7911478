/**
 * Which documents say something about a person: an index for the session, kept in the person's shard. What the documents' objects
 * say counts; this only names them. Keeps SPEC rule EDG-11.
 */
import * as v from "valibot"
import { MemberWordSchema } from "../../shared/protocol/roles.ts"
import type { MembershipNote } from "../platform/objects.ts"

const TABLE = `CREATE TABLE IF NOT EXISTS memberships (subject TEXT NOT NULL, document TEXT NOT NULL, service TEXT NOT NULL,
   word TEXT NOT NULL, change INTEGER NOT NULL, PRIMARY KEY (subject, document)) WITHOUT ROWID`

export class MembershipIndex {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec(TABLE)
  }

  /** Takes a word in; one that is older than what is known changes nothing. */
  note({ subject, document, service, word, change }: MembershipNote): void {
    this.#sql.exec(
      `INSERT INTO memberships (subject, document, service, word, change) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (subject, document) DO UPDATE SET word = excluded.word, change = excluded.change
       WHERE excluded.change >= memberships.change`,
      subject,
      document,
      service,
      word,
      change
    )
  }

  of(subject: string): readonly MembershipNote[] {
    return this.#sql
      .exec<Record<string, SqlStorageValue> & { [K in keyof MembershipNote]: string & number }>(
        "SELECT * FROM memberships WHERE subject = ? ORDER BY document",
        subject
      )
      .toArray()
      .map((row) => ({ ...row, word: v.parse(MemberWordSchema, row.word) }))
  }
}
