/**
 * `Locum-Version`: which state of which document an answer comes from, for a service of which both sides serve a part:
 * `<document> <state vector, base64>`. Keeps SPEC rule MOD-7.
 */
import { fromBase64, toBase64 } from "lib0/buffer"

/** On every answer of a document at the edge, and on those of a client while both sides serve a part of the service. */
export const VERSION_HEADER = "Locum-Version"

/** A longer state vector is not told: a header is bounded. */
const MAX_VECTOR_BYTES = 3000
const UNTOLD = "*"

export interface Version {
  readonly document: string
  /** A Yjs state vector; null when it was too long to be told, or is not known. */
  readonly stateVector: Uint8Array | null
}

export const writeVersion = ({ document, stateVector }: Version): string =>
  `${document} ${stateVector === null || stateVector.length > MAX_VECTOR_BYTES ? UNTOLD : toBase64(stateVector)}`

/** Null for what is no version. */
export const readVersion = (text: string): Version | null => {
  const parts = /^(\S+) (\*|[A-Za-z0-9+/]+={0,2})$/.exec(text)
  const [, document, vector] = parts ?? []
  if (document === undefined || vector === undefined) return null
  return { document, stateVector: vector === UNTOLD ? null : fromBase64(vector) }
}
