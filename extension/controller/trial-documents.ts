/**
 * Copies of the documents for a release that is tried: what it writes is checked as ever, is there for its next question, and is gone
 * afterwards. Keeps SPEC rules REL-6, CLI-21.
 */
import * as Y from "yjs"
import type { LentDocument } from "../app/app-sandbox.ts"
import { verifyUnit } from "../document/verify-unit.ts"
import type { CommittedUnit } from "../../shared/app/unit-of-work.ts"
import type { Parsed } from "../../shared/protocol/parse.ts"

type Lend = (document: string, give: (lent: LentDocument | null) => void) => void

export class TrialDocuments {
  readonly #lend: Lend
  readonly #newClientId: () => number
  readonly #copies = new Map<string, Y.Doc>()

  /** @param lend gives what is durable of a document; null when it is not open here */
  constructor(lend: Lend, newClientId: () => number) {
    this.#lend = lend
    this.#newClientId = newClientId
  }

  /** A document that is not open here is an empty one. */
  readonly lend: Lend = (document, give) => {
    const copy = this.#copies.get(document)
    if (copy !== undefined) return give({ state: Y.encodeStateAsUpdate(copy), clientId: this.#newClientId() })
    this.#lend(document, (lent) => {
      const made = new Y.Doc()
      if (lent !== null) Y.applyUpdate(made, lent.state)
      this.#copies.set(document, made)
      give(lent ?? { state: Y.encodeStateAsUpdate(made), clientId: this.#newClientId() })
    })
  }

  readonly commit = (document: string, unit: CommittedUnit, clientId: number): Promise<Parsed<unknown>> => {
    const copy = this.#copies.get(document)
    if (copy === undefined) return Promise.resolve({ ok: false, error: `${document} was not asked for` })
    const verified = verifyUnit(unit.update, clientId, copy)
    if (verified.ok) Y.applyUpdate(copy, unit.update)
    return Promise.resolve(verified)
  }

  close(): void {
    for (const copy of this.#copies.values()) copy.destroy()
    this.#copies.clear()
  }
}
