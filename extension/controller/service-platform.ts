/**
 * One service on this side: who is signed in, which release runs, what is asked of it. Wires app, document, sync and
 * release together behind the seam that the client controller knows (platform/client-platform.ts).
 *
 *   request -> document -> key -> [kept answer] -> app's Worker -> journal -> answer -> [local page]
 *
 * Keeps SPEC rules CLI-19, CLI-27, CLI-29.
 */
import { encodeStateVector } from "yjs"
import { effectiveKey, readKey } from "../../shared/app/idempotency.ts"
import { uuidV7From } from "../../shared/app/new-id.ts"
import { mayWrite, readerText, strangerText } from "../../shared/app/membership.ts"
import { SerialQueue } from "../../shared/app/serial-queue.ts"
import { resolveDocument } from "../../shared/app/service.ts"
import type { SyncRule } from "../../shared/policy/rules.ts"
import { syncRuleFor } from "../../shared/policy/sync-rules.ts"
import type { Refusal, ReleaseHealth } from "../../shared/protocol/control-up.ts"
import type { ReleaseId } from "../../shared/protocol/names.ts"
import type { Parsed } from "../../shared/protocol/parse.ts"
import type { Session } from "../../shared/protocol/session.ts"
import { VERSION_HEADER, writeVersion, type Version } from "../../shared/protocol/version.ts"
import { TIME_LIMIT_MS } from "../../shared/app/unit-of-work.ts"
import { releaseIdOf, type ReleaseManifest } from "../../shared/release/manifest.ts"
import type { CurrentList } from "../../shared/release/current-list.ts"
import type { Publisher } from "../../shared/protocol/envelope.ts"
import type { SelfTestQuestion } from "../../shared/release/self-test.ts"
import { activeOf, otherOf } from "../../shared/release/slots.ts"
import type { AppAnswer, LentDocument } from "../app/app-sandbox.ts"
import type { AsideAct, AsideLot, AsideReply } from "../platform/aside-lot.ts"
import type { KeptRequest } from "../document/journal-entry.ts"
import type { Owner, Rescued } from "../document/user-database.ts"
import type { DocumentRole } from "../../shared/protocol/roles.ts"
import type { DocumentReplica } from "../document/document-replica.ts"
import type { AppRequest } from "../app/worker-messages.ts"
import type { AppFrame } from "../platform/app-frame.ts"
import type {
  Download,
  LocalAnswer,
  LocalRequest,
  Outcome,
  ServicePin,
  ServicePlatform,
  TakeTicket
} from "../platform/client-platform.ts"
import { now, setTimer } from "../platform/clock.ts"
import { randomId, sha256Hex, verifyEd25519 } from "../platform/crypto.ts"
import { inflate } from "../platform/inflate.ts"
import { fetchBytes, fetchFrom } from "../platform/origin-fetch.ts"
import type { TraceRow } from "../platform/trace-log.ts"
import { installRelease } from "../release/install-release.ts"
import { takeAnnouncement } from "../release/take-announcement.ts"
import type { ReleaseStore } from "../release/release-store.ts"
import { AppSlots } from "./app-slots.ts"
import { tryRelease } from "./try-release.ts"
import { handleAside } from "./handle-aside.ts"
import { LevelWithEdge } from "./level-with-edge.ts"
import { finishAnswer, plainLocalAnswer } from "./finish-answer.ts"
import { sessionObstacle } from "./session-obstacle.ts"
import { UserDocuments, type DocumentsPorts } from "./user-documents.ts"
import { writeOnce } from "./write-once.ts"

/** What a service's platform is made from. */
export interface PlatformPorts {
  readonly takeTicket: TakeTicket
  readonly lookAgain: () => void
  /** A request was answered here: for the operator's count. */
  readonly answered: () => void
  readonly tell: (kind: string, text: string) => void
  /** A release failed while it ran, and was left for the one before it. */
  readonly onLeft: (why: string) => void
  /** For how many days the last verified session serves without the server. */
  readonly offlineDays: () => number
  readonly openFrame: () => Promise<AppFrame>
  /** The prelude of local pages. */
  readonly prelude: () => Promise<string>
  readonly trace: ((row: TraceRow) => Promise<void>) | null
}

/** A request waits no longer than this for a change of user, or for a replica that is made anew. */
const OPENING_LIMIT_MS = 5000
/** How often a write that waits for the server's last state looks for it. */
const CATCH_UP_RETRY_MS = 1000
/** How often a client that is told to install nothing asks what is current. */
const LOOK_AT_CURRENT_MS = 60 * 60_000
/** Sockets that only a sync needed are let go after this. */
const IDLE_SOCKETS_MS = 30_000

/** Who asks, and whose documents he is answered from: a request that a change of user overtakes is not asked of the other's. */
interface Bound {
  readonly session: Session
  readonly documents: UserDocuments
}

export class ClientServicePlatform implements ServicePlatform {
  readonly #pin: ServicePin
  readonly #ports: PlatformPorts
  readonly #store: ReleaseStore
  readonly #slots: AppSlots
  readonly #level: LevelWithEdge
  readonly #identifying = new SerialQueue()
  readonly #installing = new SerialQueue()
  readonly #listeners = new Set<(document: string) => void>()
  /** Writes under way by effective key: the same one asked twice at once is done once. */
  readonly #writes = new Map<string, Promise<Parsed<AppAnswer>>>()
  /** Their requests, to be kept with what they change. */
  readonly #requests = new Map<string, KeptRequest>()
  #session: Session | null = null
  /** Why the person's documents could not be opened. */
  #broken: string | null = null
  #documents: UserDocuments | null = null
  /** Changes of user that are under way. */
  #changes = 0
  #download: Download | null = null
  /** When it was last asked what is current, ms. */
  #announcedAt = 0
  #serving = false
  #syncRules: readonly SyncRule[] = []
  #stopIdle: (() => void) | null = null

  constructor(pin: ServicePin, store: ReleaseStore, ports: PlatformPorts) {
    this.#pin = pin
    this.#ports = ports
    this.#store = store
    this.#level = new LevelWithEdge({ now, after: (ms, run) => setTimer(run, ms), tell: ports.tell })
    this.#slots = new AppSlots({
      store,
      openFrame: ports.openFrame,
      tell: ports.tell,
      lend: (document, give) => this.#lend(document, give),
      commit: async (document, unit, clientId) => {
        const documents = this.#documents
        const replica = documents?.get(document)
        if (documents === null || replica === undefined) return { ok: false, error: `${document} is not open` }
        if (documents.owner.subject !== unit.user.id)
          return { ok: false, error: `the documents of ${unit.user.id} were closed` }
        if (!mayWrite(documents.roleIn(document))) return { ok: false, error: readerText(document) }
        const done = await replica.commit(unit, clientId, this.#requests.get(unit.effectiveKey) ?? null)
        if (done.ok) documents.onCommitted(document)
        return done
      },
      reads: (manifest) => this.#unreadableBy(manifest) === null,
      onLeft: (from, to, why) => ports.onLeft(`${from} was left for ${to}: ${why}`)
    })
  }

  running(): ReleaseId | null {
    return this.#store.active === null ? null : releaseIdOf(this.#store.active)
  }

  async lookAtCurrent(): Promise<void> {
    if (this.#store.active !== null && now() >= this.#announcedAt + LOOK_AT_CURRENT_MS) await this.#takeAnnouncement()
  }

  publisher(): Publisher {
    return this.#store.root
  }

  download(): Download | null {
    return this.#download
  }

  health(): ReleaseHealth | null {
    const active = activeOf(this.#store.slots)
    const nonce = this.#slots.nonce ?? this.#store.slots.unproven?.nonce ?? ""
    return active === null ? null : { digest: active.digest, nonce }
  }

  cannotServe(): string | null {
    return this.#obstacle()?.text ?? null
  }

  signOutPaths(): readonly string[] {
    return this.#store.definition?.signOut ?? []
  }

  unsent(): number {
    return this.#documents?.unsent() ?? 0
  }

  exportDocuments(): string | null {
    return this.#documents?.export() ?? null
  }

  lastSync(): number | null {
    return this.#documents?.lastSync() ?? null
  }

  identify(session: Session | null): Promise<void> {
    this.#changes++
    return this.#identifying.run(() => this.#identify(session)).finally(() => this.#changes--)
  }

  async prepare(release: ReleaseId, sync: "both" | "none"): Promise<Outcome> {
    if (sync === "both") await this.#takeAnnouncement()
    if (this.running() !== release) {
      const installed = await this.update(release, null)
      if (!installed.ok) return installed
    }
    const started = await this.#slots.start()
    if (!started.ok) return refuse("release-failed", started.error)
    if (sync === "both") {
      const synced = await this.sync()
      if (!synced.ok) return synced
    }
    const obstacle = this.#obstacle()
    return obstacle === null ? { ok: true } : { ok: false, refusal: obstacle }
  }

  async sync(): Promise<Outcome> {
    const documents = this.#documents
    if (documents === null) return refuse("session", "nobody is signed in")
    this.#stopIdle?.()
    const outcome = await documents.sync()
    this.#letSocketsGo()
    return outcome
  }

  /** Sockets that were opened for a sync only. */
  #letSocketsGo(): void {
    this.#stopIdle?.()
    this.#stopIdle = setTimer(() => this.#documents?.connect(this.#serving), IDLE_SOCKETS_MS)
  }

  documents(): readonly string[] {
    return this.#documents?.listed.map(({ document }) => document) ?? []
  }

  follow(rules: readonly SyncRule[]): void {
    const before = this.#syncRules
    this.#syncRules = rules
    const ruled = (by: readonly SyncRule[], document: string): string => JSON.stringify(syncRuleFor(by, document))
    this.#documents?.follow(this.documents().filter((document) => ruled(before, document) !== ruled(rules, document)))
  }

  async syncOne(document: string, type: SyncRule["type"]): Promise<Outcome> {
    const documents = this.#documents
    if (documents === null) return refuse("session", "nobody is signed in")
    this.#stopIdle?.()
    const outcome = await documents.syncOne(document, type === "merge")
    this.#letSocketsGo()
    return outcome
  }

  async checkpoint(): Promise<Outcome> {
    return (await this.#documents?.checkpoint()) ?? { ok: true }
  }

  serve(here: boolean): void {
    this.#serving = here
    this.#stopIdle?.()
    this.#documents?.connect(here)
    if (!here) return this.#slots.release()
    this.#slots.start().then(
      (started) => (started.ok ? undefined : this.#ports.tell("app-start", started.error)),
      (cause: unknown) => this.#ports.tell("app-start", String(cause))
    )
  }

  share(withServer: boolean): void {
    this.#level.share(withServer)
  }

  answer(request: LocalRequest, signal: AbortSignal): Promise<LocalAnswer> {
    if (signal.aborted) return Promise.reject(asError(signal.reason))
    return new Promise((resolve, reject) => {
      // What was begun goes on to its end: a page that goes away does not undo a write.
      signal.addEventListener("abort", () => reject(asError(signal.reason)), { once: true })
      this.#answer(request, signal).then(resolve, reject)
    })
  }

  onChange(listener: (document: string) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  aside(): readonly AsideLot[] {
    return this.#documents?.database.aside.lots ?? []
  }

  async onAside(act: AsideAct, id: number): Promise<AsideReply> {
    const [documents, session] = [this.#documents, this.#session]
    if (documents === null || session === null) return { ok: false, error: "Sign in first." }
    try {
      return await handleAside(act, id, {
        store: documents.database.aside,
        owner: { ...documents.owner },
        now,
        ask: async (request) => {
          const bound = await this.#bound()
          if (bound?.documents !== documents) throw new Error("other documents are open now")
          return this.#appAnswer(request, new URL(request.url), bound)
        },
        sync: () => this.sync()
      })
    } catch (cause) {
      if (this.#documents === documents) throw cause
      return { ok: false, error: goneText(session) }
    }
  }

  update(release: ReleaseId, digest: string | null): Promise<Outcome> {
    return this.#installing.run(() => this.#update(release, digest))
  }

  async close(): Promise<void> {
    this.#stopIdle?.()
    this.#slots.close()
    await this.identify(null)
    this.#store.close()
  }

  async #update(release: ReleaseId, digest: string | null): Promise<Outcome> {
    const active = activeOf(this.#store.slots)
    if (this.running() === release && (digest === null || active?.digest === digest)) return { ok: true }
    const current = await this.#takeAnnouncement()
    const installed = await installRelease(release, {
      store: this.#store,
      origin: this.#pin.origin,
      digest,
      current,
      fetchBytes,
      fetchFrom,
      inflate,
      setTimer,
      onProgress: (progress) => (this.#download = { release, ...progress }),
      sha256: sha256Hex,
      verify: verifyEd25519,
      now,
      newNonce: randomId,
      tryOut: (held, bundle, nonce) =>
        tryRelease(held, bundle, nonce, {
          openFrame: this.#ports.openFrame,
          lend: (document, give) => this.#lend(document, give),
          setTimer,
          timeLimitMs: TIME_LIMIT_MS,
          requestOf: (question) => this.#trialRequest(question)
        })
    })
    this.#download = null
    if (!installed.ok) return installed
    await this.#slots.swapped()
    if (this.running() === release) return { ok: true }
    return refuse("release-failed", `release ${release} passed its trial and failed when it started`)
  }

  /** What the edge announces by now; what was known before holds when it cannot be reached, or is not what it should be. */
  async #takeAnnouncement(): Promise<Parsed<CurrentList>> {
    this.#announcedAt = now()
    const { service, origin, mount } = this.#pin
    const [store, sha256, verify] = [this.#store, sha256Hex, verifyEd25519]
    const taken = await takeAnnouncement({ service, origin, mount, store, fetchBytes, sha256, verify, now })
    if (!taken.ok) this.#ports.tell("announcement", taken.error)
    return taken
  }

  async #identify(session: Session | null): Promise<void> {
    const { service, origin } = this.#pin
    const listed = session?.services.find((entry) => entry.service === service)?.documents ?? []
    const { issuer, subject } = session?.identity ?? { issuer: "", subject: "" }
    const same = this.#documents?.owner.issuer === issuer && this.#documents.owner.subject === subject
    this.#session = session
    if (same && session !== null) return this.#documents?.setDocuments(listed)
    await this.#closeDocuments()
    if (session !== null) await this.#openDocuments({ service, origin, issuer, subject }, listed)
  }

  async #closeDocuments(): Promise<void> {
    const old = this.#documents
    if (old === null) return
    this.#documents = null
    this.#slots.release()
    await old.close()
  }

  /** Somebody deleted the person's database while it was open: what memory holds is stored again. */
  #onLost(lost: UserDocuments): void {
    const reopened = this.#identifying.run(async () => {
      if (this.#documents !== lost) return
      const [rescued, listed] = [lost.rescued(), lost.listed]
      this.#ports.tell("storage", `the stored documents were deleted; ${lost.unsent()} changes are stored again`)
      await this.#closeDocuments()
      await this.#openDocuments(lost.owner, listed, rescued)
    })
    reopened.catch((cause: unknown) => this.#ports.tell("storage", String(cause)))
  }

  async #openDocuments(owner: Owner, listed: readonly DocumentRole[], rescued: readonly Rescued[] = []): Promise<void> {
    try {
      this.#documents = await UserDocuments.open(owner, listed, this.#documentsPorts(), rescued)
      this.#broken = null
    } catch (cause) {
      this.#broken = `the stored documents cannot be opened (${String(cause)})`
      this.#ports.tell("storage", this.#broken)
      return
    }
    if (this.#serving) this.#documents.connect(true)
  }

  #documentsPorts(): DocumentsPorts {
    return {
      takeTicket: this.#ports.takeTicket,
      onForbidden: this.#ports.lookAgain,
      onLost: () => {
        if (this.#documents !== null) this.#onLost(this.#documents)
      },
      syncRule: (document) => syncRuleFor(this.#syncRules, document),
      tell: this.#ports.tell,
      onRemote: (document, update) => this.#slots.remote(document, update),
      onReplaced: (document) => this.#slots.forget(document),
      onChange: (document) => {
        for (const listener of this.#listeners) listener(document)
      }
    }
  }

  /** Why this client could not serve now. */
  #obstacle(): Refusal | null {
    const manifest = this.#store.active
    if (manifest === null) return { kind: "release-missing", text: "no release is installed" }
    if (this.#store.definition === null)
      return { kind: "release-missing", text: "the service's definition is not known" }
    if (this.#broken !== null) return { kind: "storage", text: this.#broken }
    if (this.#session === null || this.#documents === null) return { kind: "session", text: "nobody is signed in" }
    const obstacle = sessionObstacle(this.#session, this.#ports.offlineDays(), now())
    if (obstacle !== null) return obstacle
    const unknown = this.#documents.replicas.find(({ isKnown }) => !isKnown)
    if (unknown !== undefined) return { kind: "sync-failed", text: `${unknown.id} has never been fetched` }
    const unreadable = this.#unreadableBy(manifest)
    return unreadable === null ? null : { kind: "schema", text: unreadable }
  }

  /** What of the documents a release cannot read, null when it reads all. */
  #unreadableBy({ name, version, reads: [oldest, newest] }: ReleaseManifest): string | null {
    const unreadable = this.#documents?.replicas.find(
      ({ row }) => row.schema > newest || (row.schema > 0 && row.schema < oldest)
    )
    if (unreadable === undefined) return null
    return `${unreadable.id} has schema ${unreadable.row.schema}, ${name}@${version} reads ${oldest}-${newest}`
  }

  async #answer(request: LocalRequest, signal: AbortSignal): Promise<LocalAnswer> {
    const url = new URL(request.url)
    // What the page is made of is asked for the same person, though somebody else may be signed in by then.
    const bound = await this.#bound()
    const raw = await this.#appAnswer(request, url, bound)
    const answer = await finishAnswer(raw, request, {
      prelude: this.#ports.prelude,
      load: async (href) => {
        const found = await this.#appAnswer(
          { ...request, url: href, method: "GET", body: null, kind: "fetch", takesStream: false },
          new URL(href),
          bound
        )
        const type =
          found.headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "application/octet-stream"
        return found.status === 200 && found.body !== null ? { type, bytes: found.body } : null
      }
    })
    const token = url.searchParams.get("token")
    // Nobody gets an answer that was given up: who asked has gone, or asks again.
    const isTraced = token !== null && this.#ports.trace !== null && !signal.aborted
    if (isTraced) await this.#trace(token, request.method, url, answer.status)
    this.#ports.answered()
    return answer
  }

  async #trace(token: string, method: string, { pathname }: URL, status: number): Promise<void> {
    const source = this.#session?.identity.subject ?? ""
    await this.#ports.trace?.({ token, method, path: pathname, status, at: now(), side: "client", source })
  }

  /** Who is signed in; whoever is being signed in, and documents that are being opened, are about to be there. */
  async #bound(): Promise<Bound | null> {
    if (this.#changes > 0) await within(OPENING_LIMIT_MS, () => this.#identifying.run(() => undefined))
    const [session, documents] = [this.#session, this.#documents]
    return session === null || documents === null ? null : { session, documents }
  }

  /** A static file of the release, or the app's answer to whoever asks. */
  async #appAnswer(request: LocalRequest, url: URL, bound: Bound | null): Promise<LocalAnswer> {
    const { mount } = this.#pin
    const definition = this.#store.definition
    if (definition === null || bound === null)
      return plainLocalAnswer(503, "This service is not ready in this browser.")
    const { session, documents } = bound
    if (this.#documents !== documents) return plainLocalAnswer(403, goneText(session))
    const isRead = request.method === "GET" || request.method === "HEAD"
    const file = isRead && url.pathname.startsWith(mount) ? await this.#file(url.pathname.slice(mount.length)) : null
    if (file !== null) return file
    const document = resolveDocument(definition, url.pathname, session.identity.subject)
    if (!document.ok) return plainLocalAnswer(404, document.error)
    const replica = await this.#opened(document.value)
    if (this.#documents !== documents) return plainLocalAnswer(403, goneText(session))
    if (replica === undefined) return plainLocalAnswer(403, strangerText(document.value))
    const obstacle = sessionObstacle(session, this.#ports.offlineDays(), now())
    if (obstacle !== null) return plainLocalAnswer(401, `Please sign in again at the server: ${obstacle.text}.`)
    if (!isRead && !mayWrite(documents.roleIn(document.value))) return plainLocalAnswer(403, readerText(document.value))
    if (replica.isBeingFetched)
      return plainLocalAnswer(503, `${document.value} has not been fetched from the server yet.`)
    await this.#level.with(document.value, () => this.syncOne(document.value, "merge"))
    if (!isRead) {
      const answer = await this.#write(request, document.value, bound)
      await this.#level.with(document.value, () => this.syncOne(document.value, "copy"))
      return this.#versioned(answer, { document: document.value, stateVector: null })
    }
    // Taken before the app is asked: what comes in meanwhile need not be in its answer.
    const version = { document: document.value, stateVector: this.#level.isOn ? encodeStateVector(replica.doc) : null }
    return this.#versioned(await this.#read(request, document.value, bound), version)
  }

  /** Which state the answer comes from, as the edge says it of its answers: while both sides serve a part. */
  #versioned(answer: LocalAnswer, version: Version): LocalAnswer {
    if (!this.#level.isOn) return answer
    return { ...answer, headers: [...answer.headers, [VERSION_HEADER.toLowerCase(), writeVersion(version)]] }
  }

  /** The replica of an open document; one that is being made anew is waited for. */
  async #opened(document: string): Promise<DocumentReplica | undefined> {
    const replacing = this.#documents?.replacing(document)
    if (replacing !== undefined) await within(OPENING_LIMIT_MS, () => replacing)
    return this.#documents?.get(document)
  }

  #ask(request: AppRequest, { documents }: Bound): Promise<Parsed<AppAnswer>> {
    return this.#slots.ask(request, () => this.#documents === documents)
  }

  async #file(path: string): Promise<LocalAnswer | null> {
    // A page of the release before, still open, asks for that one's files: their names hold their content's hash.
    const held = [activeOf(this.#store.slots), otherOf(this.#store.slots)]
    const files = held.flatMap((one) => one?.manifest.files.filter((file) => file.path !== one.manifest.entry) ?? [])
    const file = files.find((candidate) => candidate.path === path)
    const bytes = file === undefined ? null : await this.#store.file(file.sha256)
    if (file === undefined || bytes === null) return null
    const headers = [
      ["content-type", file.type],
      ["cache-control", "public, max-age=31536000, immutable"]
    ] as const
    return { status: 200, headers, body: bytes }
  }

  async #read(request: LocalRequest, document: string, bound: Bound): Promise<LocalAnswer> {
    const answer = await this.#ask(appRequest(request, document, bound.session, randomId()), bound)
    return this.#localAnswer(answer, bound)
  }

  async #write(request: LocalRequest, document: string, bound: Bound): Promise<LocalAnswer> {
    const { session } = bound
    const body = request.body ?? new Uint8Array(0)
    const headers = new Headers(request.headers.map(([name, value]): [string, string] => [name, value]))
    const carried = await readKey(headers, body)
    if (!carried.ok) return plainLocalAnswer(400, carried.error)
    const { service } = this.#pin
    const { subject } = session.identity
    const key = carried.value ?? uuidV7From(new Date(request.receivedAt), randomId())
    const contentType = headers.get("content-type")
    const keyed = { service, document, user: subject, key, method: request.method, url: request.url, contentType, body }
    const effective = await effectiveKey(keyed, sha256Hex)
    this.#requests.set(effective, { key, headers: [...headers], body: request.body })
    const underWay =
      this.#writes.get(effective) ?? this.#writeOnce(appRequest(request, document, session, effective), bound)
    this.#writes.set(effective, underWay)
    try {
      return this.#localAnswer(await underWay, bound)
    } finally {
      this.#writes.delete(effective)
      this.#requests.delete(effective)
    }
  }

  /** The answer that was given to this key before, or the app's. */
  #writeOnce(request: AppRequest, bound: Bound): Promise<Parsed<AppAnswer>> {
    return writeOnce(request, {
      recall: (key) => bound.documents.database.recall(key),
      ask: (again) => this.#ask(again, bound),
      catchUp: async () => (this.#documents === bound.documents ? (await bound.documents.sync()).ok : true),
      pause: () => new Promise((resolve) => void setTimer(resolve, CATCH_UP_RETRY_MS)),
      tell: (text) => this.#ports.tell("waits", text)
    })
  }

  #localAnswer(answer: Parsed<AppAnswer>, { documents, session }: Bound): LocalAnswer {
    if (!answer.ok && this.#documents !== documents) return plainLocalAnswer(403, goneText(session))
    if (!answer.ok) {
      this.#ports.tell("app-failed", answer.error)
      return plainLocalAnswer(500, "The app failed on this request.")
    }
    const { status, headers, body, stream, failure } = answer.value
    if (failure !== null) this.#ports.tell("app-failed", failure)
    return stream === undefined ? { status, headers, body } : { status, headers, body: null, stream }
  }

  #lend(document: string, give: (lent: LentDocument | null) => void): void {
    void this.#opened(document).then((replica) => (replica === undefined ? give(null) : replica.lend(give)))
  }

  /** A question of a self-test (null: the first page), as whoever is signed in would ask it; by a stand-in when nobody is. */
  #trialRequest(question: SelfTestQuestion | null): Parsed<AppRequest> | null {
    const { definition } = this.#store
    if (definition === null) return null
    const session = this.#session ?? NOBODY
    const url = new URL(this.#pin.origin + this.#pin.mount + (question?.path ?? ""))
    const document = resolveDocument(definition, url.pathname, session.identity.subject)
    if (!document.ok) return document
    const [type, text] = question?.body ?? []
    const request = {
      url: url.href,
      method: question?.method ?? "GET",
      headers: type === undefined ? [] : ([["content-type", type]] as const),
      body: text === undefined ? null : new TextEncoder().encode(text),
      kind: "fetch",
      receivedAt: now()
    } as const
    return { ok: true, value: appRequest(request, document.value, session, randomId()) }
  }
}

/** Who a release is tried for when nobody is signed in: somebody without documents. */
const NOBODY = { identity: { subject: "self-test", name: "Self-test" } }

const appRequest = (
  request: LocalRequest,
  document: string,
  { identity }: { readonly identity: Pick<Session["identity"], "subject" | "name"> },
  key: string
): AppRequest => ({
  document,
  method: request.method,
  url: request.url,
  headers: request.headers,
  body: request.body,
  user: { id: identity.subject, name: identity.name },
  now: request.receivedAt,
  effectiveKey: key,
  takesStream: request.takesStream ?? false,
  mayHaveRun: request.mayHaveRun ?? false
})

/** Resolves when the work has ended, well or not, or when that takes too long. */
const within = (ms: number, work: () => Promise<unknown>): Promise<void> =>
  new Promise((resolve) => {
    const stop = setTimer(resolve, ms)
    const end = (): void => {
      stop()
      resolve()
    }
    work().then(end, end)
  })

const goneText = ({ identity }: Session): string => `${identity.name} is not signed in any more.`

const refuse = (kind: Refusal["kind"], text: string): Outcome => ({
  ok: false,
  refusal: { kind, text: text.slice(0, 2000) }
})

const asError = (reason: unknown): Error =>
  reason instanceof Error ? reason : new DOMException(String(reason), "AbortError")
