/**
 * The two slots of a service's releases and the files that they name, by content. Keeps SPEC rules REL-1, REL-3, REL-4 and
 * CLI-20: at every step of a swap one slot starts (F69), since one record names the active slot and is written last.
 */
import * as v from "valibot"
import { ServiceDefinition } from "../../shared/app/service.ts"
import { ReleaseIdSchema, SerialSchema, type ReleaseId } from "../../shared/protocol/names.ts"
import { parse } from "../../shared/protocol/parse.ts"
import { ReleaseManifestSchema, type ReleaseManifest } from "../../shared/release/manifest.ts"
import { openDatabase, type Database } from "../platform/indexed-db.ts"

const SlotSchema = v.picklist(["a", "b"])
type Slot = v.InferOutput<typeof SlotSchema>

const PointerSchema = v.strictObject({
  active: v.nullable(SlotSchema),
  /** Highest serial ever installed. */
  serial: SerialSchema,
  /** Releases that did not start, by id and serial: not tried again (F70). */
  failed: v.array(v.strictObject({ release: ReleaseIdSchema, serial: SerialSchema }))
})
export type Pointer = v.InferOutput<typeof PointerSchema>

const NO_POINTER: Pointer = { active: null, serial: 0, failed: [] }
const STORE = { state: "state", slots: "slots", files: "files" }
const KEY = { pointer: "pointer", definition: "definition" }

export class ReleaseStore {
  readonly #database: Database
  #pointer: Pointer
  readonly #slots: Map<Slot, ReleaseManifest>
  #definition: ServiceDefinition | null

  private constructor(
    database: Database,
    pointer: Pointer,
    slots: Map<Slot, ReleaseManifest>,
    definition: ServiceDefinition | null
  ) {
    this.#database = database
    this.#pointer = pointer
    this.#slots = slots
    this.#definition = definition
  }

  static async open(origin: string, service: string): Promise<ReleaseStore> {
    const name = ["locum", "release", origin, service].map(encodeURIComponent).join("/")
    const database = await openDatabase(name, 1, (fresh) => {
      for (const store of Object.values(STORE)) fresh.createObjectStore(store)
    })
    const state = (key: string): Promise<unknown> =>
      database.read(STORE.state, (store) => store.get(key) as IDBRequest<unknown>)
    const slot = (key: string): Promise<unknown> =>
      database.read(STORE.slots, (store) => store.get(key) as IDBRequest<unknown>)
    const [storedPointer, storedDefinition, ...stored] = await Promise.all([
      state(KEY.pointer),
      state(KEY.definition),
      ...SlotSchema.options.map(slot)
    ])
    const pointer = parse(PointerSchema, storedPointer)
    const definition = parse(ServiceDefinition, storedDefinition)
    const slots = new Map<Slot, ReleaseManifest>()
    for (const [index, key] of SlotSchema.options.entries()) {
      const manifest = parse(ReleaseManifestSchema, stored[index])
      if (manifest.ok) slots.set(key, manifest.value)
    }
    return new ReleaseStore(
      database,
      pointer.ok ? pointer.value : NO_POINTER,
      slots,
      definition.ok ? definition.value : null
    )
  }

  /** What runs. */
  get active(): ReleaseManifest | null {
    return this.#pointer.active === null ? null : (this.#slots.get(this.#pointer.active) ?? null)
  }

  get pointer(): Pointer {
    return this.#pointer
  }

  /** The service's definition as its publisher last signed it. */
  get definition(): ServiceDefinition | null {
    return this.#definition
  }

  /** The manifest in either slot. */
  held(release: ReleaseId): ReleaseManifest | null {
    return [...this.#slots.values()].find(({ name, version }) => `${name}@${version}` === release) ?? null
  }

  async setDefinition(definition: ServiceDefinition): Promise<void> {
    await this.#database.write([STORE.state], "strict", (transaction) => {
      transaction.objectStore(STORE.state).put(definition, KEY.definition)
    })
    this.#definition = definition
  }

  async file(sha256: string): Promise<Uint8Array<ArrayBuffer> | null> {
    const stored = await this.#database.read(STORE.files, (store) => store.get(sha256) as IDBRequest<unknown>)
    return stored instanceof Uint8Array ? new Uint8Array(stored) : null
  }

  async putFile(sha256: string, bytes: Uint8Array): Promise<void> {
    await this.#database.write([STORE.files], "relaxed", (transaction) => {
      transaction.objectStore(STORE.files).put(bytes, sha256)
    })
  }

  /** Puts a release whose files are all here into the slot that is not active. */
  async stage(manifest: ReleaseManifest): Promise<void> {
    const slot: Slot = this.#pointer.active === "a" ? "b" : "a"
    await this.#database.write([STORE.slots], "strict", (transaction) => {
      transaction.objectStore(STORE.slots).put(manifest, slot)
    })
    this.#slots.set(slot, manifest)
  }

  /** Makes the slot that holds `manifest` the active one, and drops files that neither slot names. */
  async swapTo(manifest: ReleaseManifest): Promise<void> {
    const slot = [...this.#slots].find(([, held]) => held === manifest)?.[0]
    if (slot === undefined) throw new Error(`release ${manifest.name}@${manifest.version} lies in no slot`)
    await this.#setPointer({ ...this.#pointer, active: slot, serial: Math.max(this.#pointer.serial, manifest.serial) })
    await this.#dropUnnamedFiles()
  }

  /** Notes that a release did not start. */
  async setFailed({ name, version, serial }: ReleaseManifest): Promise<void> {
    const failed = [...this.#pointer.failed.slice(-20), { release: `${name}@${version}`, serial }]
    await this.#setPointer({ ...this.#pointer, failed })
  }

  close(): void {
    this.#database.close()
  }

  async #setPointer(pointer: Pointer): Promise<void> {
    await this.#database.write([STORE.state], "strict", (transaction) => {
      transaction.objectStore(STORE.state).put(pointer, KEY.pointer)
    })
    this.#pointer = pointer
  }

  async #dropUnnamedFiles(): Promise<void> {
    const named = new Set([...this.#slots.values()].flatMap(({ files }) => files.map(({ sha256 }) => sha256)))
    const keys = await this.#database.read(STORE.files, (store) => store.getAllKeys())
    await this.#database.write([STORE.files], "relaxed", (transaction) => {
      for (const key of keys)
        if (typeof key !== "string" || !named.has(key)) transaction.objectStore(STORE.files).delete(key)
    })
  }
}
