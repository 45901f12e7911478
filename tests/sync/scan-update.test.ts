import * as encoding from "lib0/encoding"
import * as prng from "lib0/prng"
import { expect, test } from "vitest"
import * as Y from "yjs"
import { InsertPlaces } from "../../shared/sync/insert-places.ts"
import { MOST_IN_STATE_VECTOR, MOST_IN_UPDATE, scanStateVector, scanUpdate } from "../../shared/sync/scan-update.ts"
import { endlessUpdate } from "../support/endless-update.ts"
import { seed } from "../support/seed.ts"

/** Against hanging; nothing here comes near it. */
const GUARD_MS = 60_000

const edits: readonly ((doc: Y.Doc, random: prng.PRNG) => void)[] = [
  (doc, random) =>
    doc.getMap("map").set(prng.word(random), { a: [1, "zwei", undefined, { b: 1.5 }], c: new Uint8Array(3) }),
  (doc, random) => doc.getMap("map").set(prng.word(random), prng.int53(random, -9_000_000, 9_000_000)),
  (doc) => doc.getMap("map").set("big", 12_345_678_901_234n),
  (doc) => doc.getMap("map").set("type", new Y.Map([["inner", new Y.Array()]])),
  (doc, random) => doc.getArray("list").insert(0, [prng.utf16String(random), true, null]),
  (doc) => doc.getArray("list").delete(0, Math.min(2, doc.getArray("list").length)),
  (doc, random) => doc.getText("text").insert(0, `${prng.utf16String(random)}😀ü`, { bold: true }),
  (doc) => doc.getText("text").insertEmbed(0, { image: "x" }),
  (doc) => doc.getText("text").delete(0, Math.min(3, doc.getText("text").length)),
  (doc) => doc.getText("text").format(0, Math.min(4, doc.getText("text").length), { color: "red" }),
  (doc) => doc.getXmlFragment("xml").insert(0, [new Y.XmlElement("p"), new Y.XmlText("t")]),
  (doc) => (doc.getXmlFragment("xml").get(0) as Y.XmlElement | undefined)?.setAttribute?.("class", "c")
]

/** Every kind of content that yjs writes, by several clients, with gaps, deletions and what was collected. */
const goodUpdates = (random: prng.PRNG): readonly Uint8Array[] => {
  const docs = [new Y.Doc(), new Y.Doc({ gc: false }), new Y.Doc()]
  const parts: Uint8Array[] = []
  for (const doc of docs) doc.on("update", (update: Uint8Array) => parts.push(update))
  for (let step = 0; step < 60; step++) {
    const doc = prng.oneOf(random, docs)
    prng.oneOf(random, [...edits])(doc, random)
    if (prng.bool(random)) Y.applyUpdate(prng.oneOf(random, docs), Y.encodeStateAsUpdate(doc))
  }
  const some = parts.filter(() => prng.bool(random))
  return [...parts, ...docs.map((doc) => Y.encodeStateAsUpdate(doc)), Y.mergeUpdates(some)]
}

const endsOf = (update: Uint8Array): ReadonlyMap<number, number> => {
  const ends = new Map<number, number>()
  for (const { id, length } of Y.decodeUpdate(update).structs) ends.set(id.client, id.clock + length)
  return ends
}

const varUints = (...numbers: readonly number[]): Uint8Array =>
  encoding.encode((encoder) => numbers.forEach((number) => encoding.writeVarUint(encoder, number)))

test(
  "[DOC-22] every update that yjs writes passes, and its structs end where yjs says",
  () => {
    const random = prng.create(seed())
    for (let round = 0; round < 10; round++)
      for (const update of goodUpdates(random))
        expect(scanUpdate(update)).toMatchObject({ ok: true, value: { ends: endsOf(update) } })
  },
  GUARD_MS
)

test(
  "[F55] of 20,000 mutations of good updates yjs decodes each one that passes, to the same ends, or says why it cannot",
  () => {
    const random = prng.create(seed())
    const good = goodUpdates(random)
    let passed = 0
    for (let round = 0; round < 20_000; round++) {
      const update = prng.oneOf(random, [...good]).slice()
      for (let change = prng.int31(random, 1, 4); change > 0; change--)
        update[prng.int31(random, 0, update.length - 1)] = prng.int31(random, 0, 255)
      const cut = prng.int31(random, 0, 9) === 0 ? update.subarray(0, prng.int31(random, 0, update.length)) : update
      const scanned = scanUpdate(cut)
      if (!scanned.ok) continue
      passed++
      try {
        expect(endsOf(cut)).toEqual(scanned.value.ends)
      } catch (cause) {
        // Text that is no UTF-8, or no JSON, is not looked into: yjs says so at once.
        if (!/encoded data was not valid|JSON/.test(String(cause))) throw cause
      }
    }
    expect(passed).toBeGreaterThan(100)
  },
  GUARD_MS
)

test("[F55] an integer that is longer than yjs reads is refused", () => {
  const doc = new Y.Doc()
  doc.getArray("a").push([2 ** 53 - 1])
  const update = Y.encodeStateAsUpdate(doc)
  const at = update.lastIndexOf(125)
  const long = Uint8Array.from([
    ...update.subarray(0, at + 1),
    ...Array<number>(8).fill(0xff),
    1,
    ...update.subarray(at + 9)
  ])
  expect(() => Y.decodeUpdate(long)).toThrow()
  expect([scanUpdate(update).ok, scanUpdate(long).ok]).toEqual([true, false])
})

test("[F55] the V2 update that hangs mergeUpdatesV2, and every other V2 update, is refused", () => {
  const random = prng.create(seed())
  const bomb = endlessUpdate()
  expect([bomb.length < 30, scanUpdate(bomb).ok]).toEqual([true, false])
  for (const update of goodUpdates(random)) {
    const v2 = Y.convertUpdateFormatV1ToV2(update)
    if (update.length > 20) expect(scanUpdate(v2).ok).toBe(false)
  }
})

test("[F55] counts that promise more than the bytes hold, and lengths of nothing, are refused", () => {
  const hostile = [
    varUints(1_000_000_000, 1, 1, 0),
    varUints(1, 1_000_000_000, 7, 0, 0, 1),
    varUints(0, 1, 7, 1_000_000_000, 0, 1),
    varUints(1, 1, 7, 0, 0, 0, 0),
    varUints(1, 1, 7, 2 ** 50, 0, 1, 0),
    varUints(2, 1, 7, 0, 0, 1, 1, 7, 0, 0, 1, 0),
    varUints(0, 1, 7, 2, 5, 5, 3, 4),
    varUints(0, 2, 7, 1, 0, 1, 7, 1, 0, 1)
  ]
  for (const update of hostile) expect(scanUpdate(update).ok).toBe(false)
})

const HAS_LEFT = 0b1000_0000
const HAS_RIGHT = 0b100_0000
const HAS_KEY = 0b10_0000

/** An update with one root array that holds this content, each after the one before. */
const withContent = (kind: number, write: (encoder: encoding.Encoder) => void, structs = 1): Uint8Array =>
  encoding.encode((encoder) => {
    for (const number of [1, structs, 7, 0]) encoding.writeVarUint(encoder, number)
    for (let struct = 0; struct < structs; struct++) {
      encoding.writeUint8(encoder, struct === 0 ? kind : kind | HAS_LEFT)
      encoding.writeVarUint(encoder, struct === 0 ? 1 : 7)
      if (struct === 0) encoding.writeVarString(encoder, "root")
      else encoding.writeVarUint(encoder, struct - 1)
      write(encoder)
    }
    encoding.writeVarUint(encoder, 0)
  })

const times = (count: number, encoder: encoding.Encoder, ...bytes: readonly number[]): void => {
  for (let index = 0; index < count; index++) for (const byte of bytes) encoding.writeUint8(encoder, byte)
}

const bombs: readonly (readonly [string, Uint8Array, RegExp])[] = [
  [
    "millions of structs of two bytes",
    encoding.encode((encoder) => {
      for (const number of [1, 8_000_000, 7, 0]) encoding.writeVarUint(encoder, number)
      times(8_000_000, encoder, 0, 1)
      encoding.writeVarUint(encoder, 0)
    }),
    /structs/
  ],
  [
    "millions of empty objects",
    withContent(8, (encoder) => {
      encoding.writeVarUint(encoder, 8_000_000)
      times(8_000_000, encoder, 118, 0)
    }),
    /values/
  ],
  [
    "arrays in arrays, a million deep",
    withContent(8, (encoder) => {
      encoding.writeVarUint(encoder, 1)
      times(1_000_000, encoder, 117, 1)
      encoding.writeUint8(encoder, 126)
    }),
    /deep/
  ],
  ["100,000 shared types", withContent(7, (encoder) => encoding.writeVarUint(encoder, 1), 100_000), /types/],
  [
    "JSON text of 3 MB",
    withContent(5, (encoder) => encoding.writeVarString(encoder, `[${"{},".repeat(1_000_000)}0]`)),
    /JSON/
  ],
  [
    "millions of deletions",
    encoding.encode((encoder) => {
      for (const number of [0, 1, 7, 4_000_000]) encoding.writeVarUint(encoder, number)
      for (let range = 0; range < 4_000_000; range++) for (const n of [range * 2, 1]) encoding.writeVarUint(encoder, n)
    }),
    /deletions/
  ],
  [
    "a subdocument",
    withContent(9, (encoder) => {
      encoding.writeVarString(encoder, "guid")
      encoding.writeAny(encoder, {})
    }),
    /kind 9/
  ],
  [
    "a value whose key is __proto__",
    withContent(8, (encoder) => {
      encoding.writeVarUint(encoder, 1)
      encoding.writeAny(encoder, JSON.parse('{"a":{"__proto__":{"isOwner":true}}}'))
    }),
    /__proto__/
  ],
  [
    "a format named __proto__",
    withContent(6, (encoder) => {
      encoding.writeVarString(encoder, "__proto__")
      encoding.writeVarString(encoder, "1")
    }),
    /__proto__/
  ]
]

test.each(bombs)("[F55] [F59] %s: refused within a second of CPU, without growing", (_name, update, reason) => {
  const before = process.memoryUsage().heapUsed
  const from = process.cpuUsage()
  const scanned = scanUpdate(update)
  const { user } = process.cpuUsage(from)
  expect(scanned).toMatchObject({ ok: false, error: expect.stringMatching(reason) as unknown })
  expect(user).toBeLessThan(1_000_000)
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(50_000_000)
})

/** `count` items of one client at the start of a text, each before another letter of it: each is compared with all before it. */
const crowded = (count: number): Uint8Array =>
  encoding.encode((encoder) => {
    for (const number of [2, count, 7, 0]) encoding.writeVarUint(encoder, number)
    for (let index = 0; index < count; index++) {
      encoding.writeUint8(encoder, 4 | HAS_RIGHT)
      for (const number of [5, index]) encoding.writeVarUint(encoder, number)
      encoding.writeVarString(encoder, "y")
    }
    for (const number of [1, 5, 0, 4, 1]) encoding.writeVarUint(encoder, number)
    for (const text of ["root", "x".repeat(count)]) encoding.writeVarString(encoder, text)
    encoding.writeVarUint(encoder, 0)
  })

/** One key that one client writes again and again as if it had never seen it. */
const forgetful = (count: number): Uint8Array =>
  encoding.encode((encoder) => {
    for (const number of [1, count, 7, 0]) encoding.writeVarUint(encoder, number)
    for (let index = 0; index < count; index++) {
      encoding.writeUint8(encoder, 8 | HAS_KEY)
      encoding.writeVarUint(encoder, 1)
      for (const text of ["root", "key"]) encoding.writeVarString(encoder, text)
      for (const number of [1, 126]) encoding.writeVarUint(encoder, number)
    }
    encoding.writeVarUint(encoder, 0)
  })

test("[F55] items that were put at one place by the thousands, which yjs would compare each with each, are refused", () => {
  expect(scanUpdate(crowded(2000), new InsertPlaces()).ok).toBe(true)
  expect(scanUpdate(crowded(4000), new InsertPlaces())).toMatchObject({ ok: false })
  expect(scanUpdate(forgetful(2000), new InsertPlaces()).ok).toBe(true)
  expect(scanUpdate(forgetful(4000), new InsertPlaces())).toMatchObject({ ok: false })
})

test(
  "[DOC-22] text typed backwards, a list that two people grow at its head, and one key written often are as welcome as ever",
  () => {
    const [ann, bob] = [new Y.Doc(), new Y.Doc()]
    for (let index = 0; index < 20_000; index++) ann.getText("text").insert(0, "x", { bold: true })
    for (let index = 0; index < 20_000; index++) ann.getMap("map").set("key", index)
    const vector = Y.encodeStateVector(ann)
    for (let index = 0; index < 600; index++) {
      const [one, other] = index % 2 === 0 ? [ann, bob] : [bob, ann]
      one.getArray("list").insert(0, [index])
      Y.applyUpdate(other, Y.encodeStateAsUpdate(one, index < 2 ? undefined : Y.encodeStateVector(other)))
    }
    expect(scanUpdate(Y.encodeStateAsUpdate(ann), new InsertPlaces()).ok).toBe(true)
    expect(scanUpdate(Y.encodeStateAsUpdate(ann, vector), new InsertPlaces()).ok).toBe(true)
  },
  GUARD_MS
)

test("[F58] a state vector of a billion clients is refused at once, one of as many as are allowed is read", () => {
  expect(scanStateVector(varUints(1_000_000_000, 1, 1)).ok).toBe(false)
  const long = encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, MOST_IN_STATE_VECTOR + 1)
    for (let client = 0; client <= MOST_IN_STATE_VECTOR; client++)
      for (const number of [client, 1]) encoding.writeVarUint(encoder, number)
  })
  expect(scanStateVector(long)).toMatchObject({ ok: false })
  const doc = new Y.Doc()
  doc.getMap("map").set("a", 1)
  expect(scanStateVector(Y.encodeStateVector(doc)).ok).toBe(true)
  expect(MOST_IN_UPDATE.clients).toBeLessThan(MOST_IN_STATE_VECTOR)
})
