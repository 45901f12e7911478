/**
 * The first look at an update or state vector from elsewhere: walks its bytes and builds nothing, so that what it costs is bounded by
 * its length, and says what decoding it would cost. yjs decodes only what passed: it makes objects of a hundred bytes and more out of
 * two bytes, recurses as deep as the input says, and loops over what a V2 update is when it is read as V1 (yjs issue 687). Keeps SPEC rules
 * DOC-9 and DOC-22 (F55, F56, F58, F59).
 *
 * V1 update: clients { structs, client, clock, struct… }…, then the deletions: clients { client, ranges, { clock, length }… }…
 */
import * as decoding from "lib0/decoding"
import { encodeUtf8 } from "lib0/string"
import type { Parsed } from "../protocol/parse.ts"
import { hashOf, type InsertPlaces } from "./insert-places.ts"

/** The most that one update may hold of each: 15 MB of ordinary entries stay well below. */
export const MOST_IN_UPDATE = {
  /** Yjs clients with structs. */
  clients: 10_000,
  structs: 250_000,
  /** Shared types. */
  types: 25_000,
  /** JSON values, those inside of others included. */
  values: 1_000_000,
  /** Bytes of JSON text (formats, embedded objects). */
  "bytes of JSON": 2_000_000,
  /** Yjs clients of which something was deleted: an update may repeat every deletion that its sender knows. */
  "clients with deletions": 200_000,
  deletions: 500_000
} as const

/** The most clients in a state vector. */
export const MOST_IN_STATE_VECTOR = 200_000

const MOST_DEPTH = 100
/** No client ever writes as much; sums of clocks stay exact. */
const MOST_CLOCK = 2 ** 40

/** Yjs client id -> clock after its last struct in the update. */
export type Ends = ReadonlyMap<number, number>

/** What was seen of an update. */
export interface ScannedUpdate {
  readonly ends: Ends
  /** Yjs client id -> how many structs. */
  readonly structs: ReadonlyMap<number, number>
  /** Ranges that are deleted. */
  readonly deletions: number
}

/**
 * Whether `update` is one whole V1 update that is affordable to decode, and what it holds.
 * @param places bounds what putting its items in their places may cost, where nobody measures that in the document
 */
export const scanUpdate = (update: Uint8Array, places: InsertPlaces | null = null): Parsed<ScannedUpdate> =>
  scanned(update, "V1 update", places, (scan) => {
    const { ends, structs } = scanStructs(scan)
    scanDeletions(scan)
    return { ends, structs, deletions: scan.counts.deletions }
  })

/** Whether `stateVector` is one whole state vector of bounded size. */
export const scanStateVector = (stateVector: Uint8Array): Parsed<null> =>
  scanned(stateVector, "state vector", null, ({ decoder }) => {
    const count = decoding.readVarUint(decoder)
    if (count > MOST_IN_STATE_VECTOR)
      throw new TypeError(`${count} clients, at most ${MOST_IN_STATE_VECTOR} are allowed`)
    for (let index = 0; index < count; index++) {
      decoding.readVarUint(decoder)
      decoding.readVarUint(decoder)
    }
    return null
  })

type Counted = keyof typeof MOST_IN_UPDATE

interface Scan {
  readonly decoder: decoding.Decoder
  readonly counts: Record<Counted, number>
  readonly places: InsertPlaces | null
}

const scanned = <T>(
  bytes: Uint8Array,
  what: string,
  places: InsertPlaces | null,
  read: (scan: Scan) => T
): Parsed<T> => {
  const decoder = decoding.createDecoder(bytes)
  const counts = {
    clients: 0,
    structs: 0,
    types: 0,
    values: 0,
    "bytes of JSON": 0,
    "clients with deletions": 0,
    deletions: 0
  }
  try {
    const value = read({ decoder, counts, places })
    const left = bytes.length - decoder.pos
    return left === 0 ? { ok: true, value } : { ok: false, error: `not one ${what}: ${left} bytes are left over` }
  } catch (cause) {
    return { ok: false, error: `not a ${what} (${cause instanceof Error ? cause.message : String(cause)})` }
  }
}

const count = ({ counts }: Scan, what: Counted, more = 1): void => {
  counts[what] += more
  if (counts[what] > MOST_IN_UPDATE[what]) throw new TypeError(`more than ${MOST_IN_UPDATE[what]} ${what}`)
}

const scanStructs = (scan: Scan): Pick<ScannedUpdate, "ends" | "structs"> => {
  const { decoder } = scan
  const ends = new Map<number, number>()
  const counted = new Map<number, number>()
  for (let clients = decoding.readVarUint(decoder); clients > 0; clients--) {
    count(scan, "clients")
    let structs = decoding.readVarUint(decoder)
    const client = decoding.readVarUint(decoder)
    if (structs === 0 || ends.has(client)) throw new TypeError(`client ${client} comes twice, or without structs`)
    let clock = decoding.readVarUint(decoder)
    counted.set(client, structs)
    scan.places?.nextClient()
    for (; structs > 0; structs--) {
      count(scan, "structs")
      clock = after(clock, scanStruct(scan, client, clock))
    }
    ends.set(client, clock)
  }
  return { ends, structs: counted }
}

const after = (clock: number, length: number): number => {
  if (length === 0) throw new TypeError("a length of 0")
  if (clock + length > MOST_CLOCK) throw new TypeError(`a clock over ${MOST_CLOCK}`)
  return clock + length
}

/** Each client's ranges must rise, as yjs writes them: ranges that overlap cost a walk over the same structs again and again. */
const scanDeletions = (scan: Scan): void => {
  const { decoder } = scan
  const seen = new Set<number>()
  for (let clients = decoding.readVarUint(decoder); clients > 0; clients--) {
    count(scan, "clients with deletions")
    const client = decoding.readVarUint(decoder)
    if (seen.has(client)) throw new TypeError(`deletions of client ${client} come twice`)
    seen.add(client)
    let end = 0
    for (let ranges = decoding.readVarUint(decoder); ranges > 0; ranges--) {
      count(scan, "deletions")
      const clock = decoding.readVarUint(decoder)
      if (clock < end) throw new TypeError(`deletions of client ${client} overlap`)
      end = after(clock, decoding.readVarUint(decoder))
    }
  }
}

/** Bits of a struct's first byte: its kind, and what follows. */
const KIND = 0b1_1111
const HAS_KEY = 0b10_0000
const HAS_RIGHT = 0b100_0000
const HAS_LEFT = 0b1000_0000

const GC = 0
const SKIP = 10

/** Walks over one struct; gives its length in clocks. */
const scanStruct = (scan: Scan, client: number, clock: number): number => {
  const { decoder } = scan
  const info = readByte(decoder)
  if ((info & KIND) === GC || info === SKIP) return decoding.readVarUint(decoder)
  scanPlace(scan, info, client, clock)
  const content = CONTENTS[info & KIND]
  if (content === undefined) throw new TypeError(`content of kind ${info & KIND}`)
  return content(scan)
}

/** Walks over an item's neighbours, or its parent and key when it has none. */
const scanPlace = ({ decoder, places }: Scan, info: number, client: number, clock: number): void => {
  const start = decoder.pos
  if ((info & HAS_LEFT) !== 0) skipId(decoder)
  const end = decoder.pos
  let right = -1
  if ((info & HAS_RIGHT) !== 0) {
    const isOwn = decoding.readVarUint(decoder) === client
    const rightClock = decoding.readVarUint(decoder)
    if (isOwn) right = rightClock
  }
  if ((info & (HAS_LEFT | HAS_RIGHT)) === 0) {
    if (decoding.readVarUint(decoder) === 1) skipName(decoder)
    else skipId(decoder)
    if ((info & HAS_KEY) !== 0) skipName(decoder)
    places?.add(hashOf(decoder.arr, start, decoder.pos), clock, right)
  } else places?.add(hashOf(decoder.arr, start, end), clock, right)
}

/** By kind; gives the content's length. Neither JSON of old (2), which yjs writes no more, nor subdocuments (9), which are documents of their own. */
const CONTENTS: Readonly<Record<number, (scan: Scan) => number>> = {
  1: ({ decoder }) => decoding.readVarUint(decoder),
  3: ({ decoder }) => {
    skipBytes(decoder)
    return 1
  },
  4: ({ decoder }) => skipText(decoder),
  5: (scan) => {
    count(scan, "bytes of JSON", skipBytes(scan.decoder))
    return 1
  },
  6: (scan) => {
    skipName(scan.decoder)
    count(scan, "bytes of JSON", skipBytes(scan.decoder))
    return 1
  },
  7: (scan) => {
    count(scan, "types")
    const type = decoding.readVarUint(scan.decoder)
    if (type > XML_TEXT) throw new TypeError(`a shared type of kind ${type}`)
    if (type === XML_ELEMENT || type === XML_HOOK) skipName(scan.decoder)
    return 1
  },
  8: (scan) => {
    const length = decoding.readVarUint(scan.decoder)
    skipValues(scan, length)
    return length
  }
}

const XML_ELEMENT = 3
const XML_HOOK = 5
const XML_TEXT = 6

/** lib0 alone would read on behind the end. */
const readByte = (decoder: decoding.Decoder): number => {
  const byte = decoder.arr[decoder.pos++]
  if (byte === undefined) throw new TypeError("it ends early")
  return byte
}

const skipId = (decoder: decoding.Decoder): void => {
  decoding.readVarUint(decoder)
  decoding.readVarUint(decoder)
}

/** Walks over bytes after their length, which it gives. */
const skipBytes = (decoder: decoding.Decoder): number => {
  const length = decoding.readVarUint(decoder)
  skip(decoder, length)
  return length
}

/** Walks over UTF-8; gives its length in UTF-16, as yjs counts it. */
const skipText = (decoder: decoding.Decoder): number => {
  const bytes = skipBytes(decoder)
  let length = 0
  for (let index = decoder.pos - bytes; index < decoder.pos; index++) {
    const byte = decoder.arr[index] ?? 0
    if ((byte & 0b1100_0000) !== 0b1000_0000) length += byte >= 0b1111_0000 ? 2 : 1
  }
  return length
}

const PROTO = [...encodeUtf8("__proto__")]

/** Walks over the name of a root, a key or a format: anything but the one that is no ordinary property in JavaScript (F59). */
const skipName = (decoder: decoding.Decoder): void => {
  const length = skipBytes(decoder)
  const start = decoder.pos - length
  if (length === PROTO.length && PROTO.every((byte, index) => decoder.arr[start + index] === byte))
    throw new TypeError("a key named __proto__")
}

/** Walks over JSON values in lib0's encoding, without recursion. */
const skipValues = (scan: Scan, length: number): void => {
  const { decoder } = scan
  /** Of each object and array that is open: how many values are still to come, negative where each has a name in front. */
  const open = [length]
  while (open.length > 0) {
    const left = open.pop() ?? 0
    if (left === 0) continue
    count(scan, "values")
    if (left < 0) skipName(decoder)
    open.push(left < 0 ? left + 1 : left - 1)
    const inner = skipValue(decoder)
    if (inner === 0) continue
    if (open.length >= MOST_DEPTH) throw new TypeError(`values more than ${MOST_DEPTH} deep`)
    open.push(inner)
  }
}

/** Walks over one value, or over the head of an object or array: gives how many values are to come in it, negative for an object. */
const skipValue = (decoder: decoding.Decoder): number => {
  const type = readByte(decoder)
  switch (type) {
    case 127: // undefined
    case 126: // null
    case 121: // false
    case 120: // true
      return 0
    case 125: // an integer of varying length, not longer than lib0 reads
      if (!decoding.hasContent(decoder)) throw new TypeError("it ends early")
      decoding.readVarInt(decoder)
      return 0
    case 124: // 32 bits
      skip(decoder, 4)
      return 0
    case 123: // 64 bits, a float
    case 122: // 64 bits, a bigint
      skip(decoder, 8)
      return 0
    case 119: // text
    case 116: // bytes
      skipBytes(decoder)
      return 0
    case 118:
      return -decoding.readVarUint(decoder)
    case 117:
      return decoding.readVarUint(decoder)
    default:
      throw new TypeError(`a value of type ${type}`)
  }
}

const skip = (decoder: decoding.Decoder, length: number): void => {
  if (decoder.pos + length > decoder.arr.length) throw new TypeError("it ends early")
  decoder.pos += length
}
