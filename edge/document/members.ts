/**
 * The members of this document: one explicit word about a person, and who changed it. Kept beside the document, never in it: an
 * editor may write anything there. Keeps SPEC rules APP-14, DOC-17, DOC-20.
 */
import * as v from "valibot"
import { roleOf } from "../../shared/app/membership.ts"
import { MemberWordSchema, type MemberWord, type Role } from "../../shared/protocol/roles.ts"
import type { DocumentStorage } from "./tables.ts"

/** Most people of whom one document says something. */
export const MAX_MEMBERS = 1000
/** Most changes that are listed, the newest. */
const MAX_LISTED_CHANGES = 200

/** One change of a membership. */
export interface MemberChange {
  readonly id: number
  readonly subject: string
  readonly before: string | null
  readonly word: string
  readonly who: string
  /** ms. */
  readonly at: number
}

/** A word that the index by person does not have yet. */
export interface UntoldWord {
  readonly subject: string
  readonly word: MemberWord
  readonly change: number
}

type Row<T> = T & Record<string, SqlStorageValue>

export class Members {
  readonly #storage: DocumentStorage
  /** The table, as a cache: asked for every update. */
  readonly #words = new Map<string, MemberWord>()
  /** Rises with every change, and over a loss of this object's storage: it is never below the time. */
  #lastChange = 0

  constructor(storage: DocumentStorage) {
    this.#storage = storage
    const rows = storage.sql.exec<Row<{ subject: string; word: string; change: number }>>(
      "SELECT subject, word, change FROM members"
    )
    for (const { subject, word, change } of rows) {
      this.#words.set(subject, v.parse(MemberWordSchema, word))
      this.#lastChange = Math.max(this.#lastChange, change)
    }
  }

  wordOf(subject: string): MemberWord | null {
    return this.#words.get(subject) ?? null
  }

  /** What somebody may, whose identity gives him `standing`. */
  roleOf(subject: string, standing: Role | null): Role | null {
    return roleOf(standing, this.wordOf(subject))
  }

  get size(): number {
    return this.#words.size
  }

  /** Everybody of whom something is said. */
  list(): readonly { readonly subject: string; readonly word: MemberWord }[] {
    return [...this.#words]
      .map(([subject, word]) => ({ subject, word }))
      .sort((a, b) => (a.subject < b.subject ? -1 : 1))
  }

  /** The newest changes, oldest first. */
  changes(): readonly MemberChange[] {
    return this.#storage.sql
      .exec<Row<MemberChange>>("SELECT * FROM member_changes ORDER BY id DESC LIMIT ?", MAX_LISTED_CHANGES)
      .toArray()
      .reverse()
  }

  get hasOwner(): boolean {
    return this.#ownersBut(null) > 0
  }

  /** True when nobody but `subject` owns the document, and he does. */
  isOnlyOwner(subject: string): boolean {
    return this.wordOf(subject) === "owner" && this.#ownersBut(subject) === 0
  }

  /** Says something about somebody. */
  set(subject: string, word: MemberWord, who: string, at: number): void {
    const { sql } = this.#storage
    const change = Math.max(at, this.#lastChange + 1)
    this.#storage.transactionSync(() => {
      sql.exec(
        "INSERT INTO member_changes (subject, before, word, who, at) VALUES (?, ?, ?, ?, ?)",
        subject,
        this.wordOf(subject),
        word,
        who,
        at
      )
      sql.exec(
        `INSERT INTO members (subject, word, change, told) VALUES (?, ?, ?, 0)
         ON CONFLICT (subject) DO UPDATE SET word = excluded.word, change = excluded.change, told = 0`,
        subject,
        word,
        change
      )
    })
    this.#lastChange = change
    this.#words.set(subject, word)
  }

  /** What the index by person is to be told. */
  untold(): readonly UntoldWord[] {
    return this.#storage.sql
      .exec<Row<{ subject: string; word: string; change: number }>>(
        "SELECT subject, word, change FROM members WHERE told = 0 ORDER BY change"
      )
      .toArray()
      .map(({ subject, word, change }) => ({ subject, word: v.parse(MemberWordSchema, word), change }))
  }

  told({ subject, change }: UntoldWord): void {
    this.#storage.sql.exec("UPDATE members SET told = 1 WHERE subject = ? AND change = ?", subject, change)
  }

  #ownersBut(subject: string | null): number {
    let owners = 0
    for (const [member, word] of this.#words) if (word === "owner" && member !== subject) owners++
    return owners
  }
}
