/**
 * All documents of one person in one service: replicas and their syncs, wired together. Keeps SPEC rules CLI-1 to CLI-11,
 * SYN-2 (a document that was made anew at the edge is never merged with the old one, F44).
 */
import type { Refusal } from "../../shared/protocol/control-up.ts"
import type { DocumentRole, Role } from "../../shared/protocol/roles.ts"
import { DocumentReplica, type ReplicaPorts } from "../document/document-replica.ts"
import { UserDatabase, type Owner } from "../document/user-database.ts"
import { now, setTimer } from "../platform/clock.ts"
import { randomClientId } from "../platform/crypto.ts"
import { DocumentSync } from "../sync/document-sync.ts"

/** What the documents of a person need and tell. */
export interface DocumentsPorts {
  readonly takeTicket: () => Promise<string | null>
  /** Something came from elsewhere. */
  readonly onRemote: (document: string, update: Uint8Array) => void
  /** Anything changed. */
  readonly onChange: (document: string) => void
  /** The replica was moved aside: what was known of it elsewhere is void. */
  readonly onReplaced: (document: string) => void
  readonly tell: (kind: string, text: string) => void
}

/** The edge's clock and ours may differ, and an answer's time is that of its request. */
const ANSWERS_OVERLAP_MS = 60_000

interface Open {
  readonly replica: DocumentReplica
  readonly sync: DocumentSync
}

/** Done, or why not. */
export type Done = { readonly ok: true } | { readonly ok: false; readonly refusal: Refusal }

export class UserDocuments {
  readonly owner: Owner
  readonly database: UserDatabase
  readonly #ports: DocumentsPorts
  readonly #open = new Map<string, Open>()
  readonly #replacing = new Map<string, Promise<void>>()
  /** What the person may in each of his documents, as the session last said. */
  #roles: ReadonlyMap<string, Role> = new Map()
  #connected = false

  private constructor(owner: Owner, database: UserDatabase, ports: DocumentsPorts) {
    this.owner = owner
    this.database = database
    this.#ports = ports
  }

  /** Opens a person's documents from what is stored. */
  static async open(owner: Owner, documents: readonly DocumentRole[], ports: DocumentsPorts): Promise<UserDocuments> {
    const database = await UserDatabase.open(owner, now(), (cause) => ports.tell("storage", String(cause)))
    const opened = new UserDocuments(owner, database, ports)
    await opened.setDocuments(documents)
    return opened
  }

  get(document: string): DocumentReplica | undefined {
    return this.#open.get(document)?.replica
  }

  /** What the person may in a document; null for one that is not his. */
  roleIn(document: string): Role | null {
    return this.#roles.get(document) ?? null
  }

  /** Resolves when a replica that is being made anew is open; undefined when none is. */
  replacing(document: string): Promise<void> | undefined {
    return this.#replacing.get(document)
  }

  get replicas(): readonly DocumentReplica[] {
    return [...this.#open.values()].map(({ replica }) => replica)
  }

  /** Local changes that are not on the server yet. */
  unsent(): number {
    return this.replicas.reduce((sum, { journal }) => sum + journal.length, 0)
  }

  /** Opens what is new and closes what is no longer the person's; its journal stays. */
  async setDocuments(listed: readonly DocumentRole[]): Promise<void> {
    this.#roles = new Map(listed.map(({ document, role }) => [document, role]))
    for (const [document, { replica, sync }] of this.#open) {
      if (this.#roles.has(document)) continue
      this.#open.delete(document)
      sync.close()
      await replica.close()
    }
    await Promise.all(
      [...this.#roles.keys()].filter((document) => !this.#open.has(document)).map((document) => this.#openOne(document))
    )
  }

  /** Keeps sockets up, or lets them go. */
  connect(on: boolean): void {
    this.#connected = on
    for (const { sync } of this.#open.values())
      if (on) sync.connect()
      else sync.disconnect()
  }

  /** A local unit is in the journal: it goes out when the edge is there. */
  onCommitted(document: string): void {
    this.#open.get(document)?.sync.sendNew()
    this.#ports.onChange(document)
  }

  /** Pushes every journal through the barrier and brings in the edge's state as of now. */
  async sync(): Promise<Done> {
    const outcomes = await Promise.all([...this.#open.keys()].map((document) => this.#syncOne(document)))
    return outcomes.find(({ ok }) => !ok) ?? { ok: true }
  }

  /** Stores what of every replica is not strictly stored, in one transaction. */
  async checkpoint(): Promise<Done> {
    const due = this.replicas.flatMap((replica) => {
      const checkpoint = replica.checkpoint()
      return checkpoint === null ? [] : [checkpoint]
    })
    try {
      await this.database.addSteps(due.map(({ step }) => step))
    } catch (cause) {
      return { ok: false, refusal: { kind: "storage", text: `the replicas could not be stored (${String(cause)})` } }
    }
    for (const { stored } of due) stored()
    return { ok: true }
  }

  async close(): Promise<void> {
    for (const { replica, sync } of this.#open.values()) {
      sync.close()
      await replica.close()
    }
    this.#open.clear()
    this.database.close()
  }

  async #syncOne(document: string): Promise<Done> {
    const open = this.#open.get(document)
    if (open === undefined) return { ok: true }
    const since = Math.max(0, open.replica.row.answersUntil - ANSWERS_OVERLAP_MS)
    // Sent in this order on one socket, so the catch-up sees what was pushed; one round trip instead of two.
    const [pushed, caughtUp] = await Promise.all([open.sync.push(), open.sync.catchUp(since)])
    if (!pushed.ok) return failed(pushed.error)
    if (!caughtUp.ok) return failed(caughtUp.error)
    await open.replica.keepAnswers(caughtUp.value.answers)
    return { ok: true }
  }

  async #openOne(document: string): Promise<void> {
    const { owner, database } = this
    const ports: ReplicaPorts = { owner, database, now, setTimer, newClientId: randomClientId, tell: this.#ports.tell }
    const replica = await DocumentReplica.open(document, ports)
    const sync = this.#syncOf(replica)
    replica.localOrigin = sync.origin
    this.#open.set(document, { replica, sync })
    replica.doc.on("update", (update: Uint8Array) => {
      if (!replica.isApplyingLocal) this.#ports.onRemote(document, update)
      this.#ports.onChange(document)
    })
    if (this.#connected) sync.connect()
  }

  #syncOf(replica: DocumentReplica): DocumentSync {
    const { origin } = this.owner
    return new DocumentSync({
      server: `${origin.replace(/^http/, "ws")}/_locum/sync`,
      document: replica.id,
      doc: replica.doc,
      takeTicket: this.#ports.takeTicket,
      setTimer,
      journal: () => replica.journal,
      onGreeting: (instance, schema) => this.#onGreeting(replica, instance, schema),
      onCommitted: (seq) => replica.takeOff(seq),
      onProblem: (cause) => this.#ports.tell("storage", String(cause)),
      onRefused: (text) =>
        this.#background(this.#replace(replica, `the edge refused it: ${text}`, replica.row.instance))
    })
  }

  #onGreeting(replica: DocumentReplica, instance: string, schema: number): boolean {
    const known = replica.row.instance
    if (known === null || known === instance) {
      this.#background(replica.setInstance(instance, schema))
      return true
    }
    this.#background(
      this.#replace(replica, `the edge has another ${replica.id} (${instance}, here ${known})`, instance)
    )
    return false
  }

  /** Moves a replica aside and starts again from the edge's state. */
  #replace(replica: DocumentReplica, reason: string, instance: string | null): Promise<void> {
    const open = this.#open.get(replica.id)
    if (open?.replica !== replica) return Promise.resolve()
    this.#open.delete(replica.id)
    open.sync.close()
    const replaced = this.#startAnew(replica, reason, instance).finally(() => this.#replacing.delete(replica.id))
    this.#replacing.set(replica.id, replaced)
    return replaced
  }

  async #startAnew(replica: DocumentReplica, reason: string, instance: string | null): Promise<void> {
    this.#ports.tell("moved-aside", `${reason}; ${replica.journal.length} changes were moved aside`)
    await replica.moveAside(reason, instance)
    await this.#openOne(replica.id)
    this.#ports.onReplaced(replica.id)
  }

  #background(work: Promise<unknown>): void {
    work.catch((cause: unknown) => this.#ports.tell("storage", String(cause)))
  }
}

const failed = (text: string): Done => ({ ok: false, refusal: { kind: "sync-failed", text } })
