/**
 * The numbers of a document's strict checkpoint: a whole state, and steps that were added to it since. A step costs what it
 * adds. When the steps outgrow the state, one new state takes the place of both, so a change is rewritten a few times at most
 * however long the document is. Keeps SPEC rules CLI-3 and CLI-30.
 */

/** One addition to a checkpoint, as it is stored. */
export interface CheckpointStep {
  readonly document: string
  /** Of the replica that wrote it: what an incarnation that was moved aside still writes is not read again. */
  readonly generation: number
  /** Rises within a generation. */
  readonly step: number
  /** V1 updates, in the order in which they came. */
  readonly updates: readonly Uint8Array[]
}

/** What is strictly stored of a document apart from its journal. */
export interface StoredCheckpoint {
  readonly state: Uint8Array | null
  readonly steps: readonly CheckpointStep[]
}

/** Steps that are not worth a new state, however small the document is. */
const MIN_STEP_BYTES = 256_000
/** Every step is read by itself when the document opens. */
const MAX_STEPS = 2000

export class CheckpointLog {
  readonly #document: string
  readonly #generation: number
  #lastStep: number
  #steps: number
  #stepBytes: number
  #stateBytes: number

  constructor(document: string, generation: number, { state, steps }: StoredCheckpoint) {
    this.#document = document
    this.#generation = generation
    this.#lastStep = steps.at(-1)?.step ?? 0
    this.#steps = steps.length
    this.#stepBytes = steps.reduce((sum, step) => sum + bytesOf(step), 0)
    this.#stateBytes = state?.length ?? 0
  }

  /** The next step, to be stored. One that never is leaves a number unused and no more. */
  next(updates: readonly Uint8Array[]): CheckpointStep {
    this.#lastStep++
    return { document: this.#document, generation: this.#generation, step: this.#lastStep, updates }
  }

  added(step: CheckpointStep): void {
    this.#steps++
    this.#stepBytes += bytesOf(step)
  }

  /** Whether a new state is due. */
  get isLong(): boolean {
    return this.#steps > MAX_STEPS || this.#stepBytes > Math.max(MIN_STEP_BYTES, this.#stateBytes)
  }

  /** The newest step that a state of now makes superfluous. */
  get last(): Pick<CheckpointStep, "document" | "generation" | "step"> {
    return { document: this.#document, generation: this.#generation, step: this.#lastStep }
  }

  replaced(stateBytes: number): void {
    this.#steps = 0
    this.#stepBytes = 0
    this.#stateBytes = stateBytes
  }
}

const bytesOf = ({ updates }: CheckpointStep): number => updates.reduce((sum, { length }) => sum + length, 0)
