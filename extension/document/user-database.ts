/**
 * One person's data of one service on this side: staging journal, kept answers, strict checkpoints. A database of its
 * own for each (service, issuer, subject), so that nobody's data can be opened by mistake for somebody else (F43).
 *
 *   commit   journal entry + what it depends on + key and answer   one strict transaction   -> the write is acknowledged
 *   takeOff  entries that the edge has become a checkpoint's step   one strict transaction   -> the journal is shorter
 *   aside    journal and checkpoint of an incarnation that ended   one strict transaction   -> kept for the author
 *
 * Keeps SPEC rules CLI-1 to CLI-4, CLI-7.
 */
import * as v from "valibot"
import { ANSWER_KEPT_MS } from "../../shared/app/idempotency.ts"
import { parse } from "../../shared/protocol/parse.ts"
import type { KeptAnswer } from "../../shared/sync/messages.ts"
import { openDatabase, type Database } from "../platform/indexed-db.ts"
import type { CheckpointStep, StoredCheckpoint } from "./checkpoint-log.ts"

const BytesSchema = v.custom<Uint8Array>((input) => input instanceof Uint8Array, "must be bytes")

const KeptAnswerSchema = v.strictObject({
  effectiveKey: v.string(),
  status: v.number(),
  headers: v.array(v.tuple([v.string(), v.string()])),
  body: v.nullable(BytesSchema),
  at: v.number()
})

const JournalEntrySchema = v.strictObject({
  document: v.string(),
  seq: v.number(),
  /** What the entry depends on that was in no strict checkpoint when it was written. */
  base: v.nullable(BytesSchema),
  update: BytesSchema,
  answer: KeptAnswerSchema,
  method: v.string(),
  url: v.string()
})

/** One local write that the edge has not acknowledged. */
export type JournalEntry = v.InferOutput<typeof JournalEntrySchema>

const CheckpointSchema = v.strictObject({ document: v.string(), state: BytesSchema })

const StepSchema = v.strictObject({
  document: v.string(),
  generation: v.number(),
  step: v.number(),
  updates: v.array(BytesSchema)
})

const DocumentRowSchema = v.strictObject({
  document: v.string(),
  /** Which document at the edge this replica is of; null until the edge was first asked. */
  instance: v.nullable(v.string()),
  /** Rises when replica and journal are moved aside. */
  generation: v.number(),
  schema: v.number(),
  /** Highest number that a journal entry ever had. */
  seq: v.number(),
  /** Answers given at the edge up to then are here, ms. */
  answersUntil: v.number()
})

/** What is remembered of a document besides its content. */
export type DocumentRow = v.InferOutput<typeof DocumentRowSchema>

const STORE = {
  journal: "journal",
  answers: "answers",
  documents: "documents",
  checkpoints: "checkpoints",
  steps: "steps",
  aside: "aside"
}

const VERSION = 2

const upgrade = (database: IDBDatabase, from: number): void => {
  if (from < 1) createFirstStores(database)
  database.createObjectStore(STORE.steps, { keyPath: ["document", "generation", "step"] })
}

const createFirstStores = (database: IDBDatabase): void => {
  database.createObjectStore(STORE.journal, { keyPath: ["document", "seq"] })
  database.createObjectStore(STORE.answers, { keyPath: "effectiveKey" }).createIndex("at", "at")
  database.createObjectStore(STORE.documents, { keyPath: "document" })
  database.createObjectStore(STORE.checkpoints, { keyPath: "document" })
  database.createObjectStore(STORE.aside, { autoIncrement: true })
}

/** Whose data it is. */
export interface Owner {
  readonly service: string
  readonly origin: string
  readonly issuer: string
  readonly subject: string
}

/** `locum/<kind>/…`: no two owners give the same name. */
export const databaseName = (kind: string, owner: Owner, ...rest: readonly string[]): string =>
  ["locum", kind, owner.origin, owner.service, owner.issuer, owner.subject, ...rest].map(encodeURIComponent).join("/")

export class UserDatabase {
  readonly #database: Database
  /** Keys of the kept answers: asked for at every write, so they are held in memory. */
  readonly #keys: Set<string>
  /** Answers of the journal's entries: they lie there and nowhere else, so that a write is one record in one store. */
  readonly #unsent: Map<string, KeptAnswer>

  private constructor(database: Database, keys: Set<string>, unsent: Map<string, KeptAnswer>) {
    this.#database = database
    this.#keys = keys
    this.#unsent = unsent
  }

  /**
   * Opens it and forgets answers that were kept long enough.
   * @param onProblem they could not be forgotten: a full disk keeps nobody from his documents (F39)
   */
  static async open(owner: Owner, now: number, onProblem: (cause: unknown) => void): Promise<UserDatabase> {
    const database = await openDatabase(databaseName("user", owner), VERSION, upgrade)
    await forgetAnswers(database, now - ANSWER_KEPT_MS).catch(onProblem)
    const keys = await database.read(STORE.answers, (store) => store.getAllKeys())
    const rows = await database.read(STORE.journal, (store) => store.getAll() as IDBRequest<unknown[]>)
    const unsent = rows.map((row) => v.parse(JournalEntrySchema, row).answer)
    return new UserDatabase(
      database,
      new Set(keys.map(String)),
      new Map(unsent.map((answer) => [answer.effectiveKey, answer]))
    )
  }

  /** What is remembered of a document; a fresh row for one that was never here. */
  async row(document: string): Promise<DocumentRow> {
    const stored = await this.#database.read(STORE.documents, (store) => store.get(document) as IDBRequest<unknown>)
    const parsed = parse(DocumentRowSchema, stored)
    return parsed.ok ? parsed.value : { document, instance: null, generation: 0, schema: 0, seq: 0, answersUntil: 0 }
  }

  async putRow(row: DocumentRow): Promise<void> {
    await this.#database.write([STORE.documents], "strict", (transaction) => {
      transaction.objectStore(STORE.documents).put(row)
    })
  }

  /** The journal of a document, in the order of writing. Throws on a row that no version of this code wrote. */
  async journal(document: string): Promise<readonly JournalEntry[]> {
    const rows = await this.#database.read(
      STORE.journal,
      (store) => store.getAll(ofDocument(document)) as IDBRequest<unknown[]>
    )
    return rows.map((row) => v.parse(JournalEntrySchema, row))
  }

  /** The strict checkpoint of a document. What does not read is left out: the edge has it, too. */
  async checkpoint(document: string, generation: number): Promise<StoredCheckpoint> {
    const [row, rows] = await Promise.all([
      this.#database.read(STORE.checkpoints, (store) => store.get(document) as IDBRequest<unknown>),
      this.#database.read(STORE.steps, (store) => store.getAll(stepsOf(document, generation)) as IDBRequest<unknown[]>)
    ])
    const parsed = parse(CheckpointSchema, row)
    const steps = rows.map((step) => parse(StepSchema, step)).flatMap((step) => (step.ok ? [step.value] : []))
    return { state: parsed.ok ? parsed.value.state : null, steps }
  }

  /** Makes one write durable, whole or not at all. Rejects when it is not (storage full, F39). */
  async commit(entry: JournalEntry): Promise<void> {
    await this.#database.write([STORE.journal], "strict", (transaction) => {
      transaction.objectStore(STORE.journal).add(entry)
    })
    this.#unsent.set(entry.answer.effectiveKey, entry.answer)
  }

  /** The first answer that was given under a key, null when there is none, or when its body was too long to keep. */
  async recall(effectiveKey: string): Promise<(KeptAnswer & { readonly body: Uint8Array }) | null> {
    const unsent = this.#unsent.get(effectiveKey)
    if (unsent !== undefined) return unsent.body === null ? null : { ...unsent, body: unsent.body }
    if (!this.#keys.has(effectiveKey)) return null
    const row = await this.#database.read(STORE.answers, (store) => store.get(effectiveKey) as IDBRequest<unknown>)
    const parsed = parse(KeptAnswerSchema, row)
    if (!parsed.ok || parsed.value.body === null) return null
    return { ...parsed.value, body: parsed.value.body }
  }

  /**
   * Keeps answers that were given at the edge; a key that is known keeps its first answer (SYN-4). With nothing new the
   * row is not worth a write in the midst of a switch: it is one of those that are asked for again.
   */
  async keep(row: DocumentRow, answers: readonly KeptAnswer[], isFirst: boolean): Promise<void> {
    const fresh = answers.filter((answer) => !this.#isKnown(answer.effectiveKey))
    if (fresh.length === 0 && !isFirst) return
    await this.#database.write([STORE.answers, STORE.documents], "strict", (transaction) => {
      for (const answer of fresh) transaction.objectStore(STORE.answers).put(answer)
      transaction.objectStore(STORE.documents).put(row)
    })
    for (const answer of fresh) this.#keys.add(answer.effectiveKey)
  }

  /** Adds to the checkpoints of documents, all in one strict transaction. */
  async addSteps(steps: readonly CheckpointStep[]): Promise<void> {
    if (steps.length === 0) return
    await this.#database.write([STORE.steps], "strict", (transaction) => {
      for (const step of steps) transaction.objectStore(STORE.steps).put(step)
    })
  }

  /** One state takes the place of a document's checkpoint, up to and with the step `last`. */
  async replaceCheckpoint(
    state: Uint8Array,
    { document, generation, step }: Pick<CheckpointStep, "document" | "generation" | "step">
  ): Promise<void> {
    await this.#database.write([STORE.checkpoints, STORE.steps], "strict", (transaction) => {
      transaction.objectStore(STORE.checkpoints).put({ document, state })
      transaction.objectStore(STORE.steps).delete(stepsOf(document, generation, step))
    })
  }

  /** Takes entries up to `seq` off a journal: what they held is in `step`, and their answers are kept on. */
  async takeOff(row: DocumentRow, seq: number, step: CheckpointStep, entries: readonly JournalEntry[]): Promise<void> {
    const stores = [STORE.journal, STORE.steps, STORE.documents, STORE.answers]
    await this.#database.write(stores, "strict", (transaction) => {
      transaction.objectStore(STORE.journal).delete(IDBKeyRange.bound([row.document, 0], [row.document, seq]))
      transaction.objectStore(STORE.steps).put(step)
      transaction.objectStore(STORE.documents).put(row)
      for (const { answer } of entries) transaction.objectStore(STORE.answers).put(answer)
    })
    this.#keepOn(entries)
  }

  /** Moves journal and checkpoint out of the way, for the author to export or retry; `next` is the row to go on with. */
  async moveAside(next: DocumentRow, reason: string, state: Uint8Array, at: number): Promise<void> {
    const journal = await this.journal(next.document)
    const stores = [STORE.journal, STORE.checkpoints, STORE.steps, STORE.documents, STORE.answers, STORE.aside]
    await this.#database.write(stores, "strict", (transaction) => {
      transaction.objectStore(STORE.aside).add({ document: next.document, reason, at, state, journal })
      transaction.objectStore(STORE.journal).delete(ofDocument(next.document))
      transaction.objectStore(STORE.checkpoints).delete(next.document)
      transaction.objectStore(STORE.steps).delete(IDBKeyRange.bound([next.document], [next.document, next.generation]))
      transaction.objectStore(STORE.documents).put(next)
      for (const { answer } of journal) transaction.objectStore(STORE.answers).put(answer)
    })
    this.#keepOn(journal)
  }

  /** How many incarnations lie aside. */
  aside(): Promise<number> {
    return this.#database.read(STORE.aside, (store) => store.count())
  }

  close(): void {
    this.#database.close()
  }

  #isKnown(effectiveKey: string): boolean {
    return this.#keys.has(effectiveKey) || this.#unsent.has(effectiveKey)
  }

  /** These answers lie in their own store now. */
  #keepOn(entries: readonly JournalEntry[]): void {
    for (const { answer } of entries) {
      this.#unsent.delete(answer.effectiveKey)
      this.#keys.add(answer.effectiveKey)
    }
  }
}

/** Forgets what was answered up to a time. */
const forgetAnswers = (database: Database, until: number): Promise<void> =>
  database.write([STORE.answers], "relaxed", (transaction) => {
    const old = transaction.objectStore(STORE.answers).index("at").openCursor(IDBKeyRange.upperBound(until))
    old.onsuccess = () => {
      old.result?.delete()
      old.result?.continue()
    }
  })

const ofDocument = (document: string): IDBKeyRange =>
  IDBKeyRange.bound([document, 0], [document, Number.MAX_SAFE_INTEGER])

const stepsOf = (document: string, generation: number, last = Number.MAX_SAFE_INTEGER): IDBKeyRange =>
  IDBKeyRange.bound([document, generation, 0], [document, generation, last])
