/**
 * The look at an awareness message before it is handed on: the unmodified providers at the other end throw on a malformed one.
 * Bounded by its caller: a message has 16 KB at most. Keeps SPEC rules DOC-13 and DOC-23 (F61).
 */
import * as decoding from "lib0/decoding"

/** Throws unless `body` is what y-protocols' `applyAwarenessUpdate` reads: count, then client, clock and JSON text of each. */
export const checkAwareness = (body: Uint8Array): void => {
  const decoder = decoding.createDecoder(body)
  for (let count = decoding.readVarUint(decoder); count > 0; count--) {
    decoding.readVarUint(decoder)
    decoding.readVarUint(decoder)
    JSON.parse(decoding.readVarString(decoder))
  }
}
