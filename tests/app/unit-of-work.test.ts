import fc from "fast-check"
import { expect, test } from "vitest"
import * as yjs from "yjs"
import type { AppContext } from "../../shared/app/app.ts"
import { records } from "../../shared/app/records.ts"
import { KEYS_MAP, REMOTE_ORIGIN } from "../../shared/app/replica.ts"
import { sharedText } from "../../shared/app/shared-text.ts"
import type { UnitResult } from "../../shared/app/unit-of-work.ts"
import { ADA, appOf, MemoryPlatform, NOW, textOf } from "../support/memory-platform.ts"
import { seed } from "../support/seed.ts"

const size = ({ doc }: AppContext): number => doc.getMap("data").size
const write = (context: AppContext, value: unknown = 1): void =>
  void context.doc.getMap("data").set(context.newId(), value)

/** Writes on POST and PUT, tells how much there is. */
const counting = appOf((request, context) => {
  if (request.method !== "GET") write(context)
  return new Response(String(size(context)), { status: request.method === "PUT" ? 409 : 200 })
})

test("[APP-36] a write below 400 is committed as one V1 update with the marker of its key", async () => {
  const platform = new MemoryPlatform()
  const app = appOf((_request, context) => {
    write(context)
    write(context)
    return new Response("done", {
      status: 201,
      headers: [
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"]
      ]
    })
  })
  const result = await platform.run(app, "POST", "k1")
  expect(result).toMatchObject({ status: 201, discarded: false, repeated: false, failure: null })
  expect(result.headers.filter(([name]) => name === "set-cookie")).toHaveLength(2)
  expect(platform.units).toHaveLength(1)
  expect(platform.units[0]).toMatchObject({ method: "POST", effectiveKey: "k1", update: result.update })
  expect(platform.document().getMap("data").size).toBe(2)
  expect(platform.document().getMap(KEYS_MAP).toJSON()).toEqual({ k1: { at: NOW.getTime() } })
})

test("[APP-36] a write that changes nothing is committed, too: its key is known from then on", async () => {
  const platform = new MemoryPlatform()
  await platform.run(
    appOf(() => new Response("nothing to do")),
    "POST",
    "k1"
  )
  expect(platform.document().getMap(KEYS_MAP).has("k1")).toBe(true)
})

test("[APP-32] what an answer of 400 or more changed is thrown away", async () => {
  const platform = new MemoryPlatform()
  expect(await platform.run(counting, "PUT", "k1")).toMatchObject({ status: 409, update: null, discarded: true })
  expect(await textOf(await platform.run(counting, "GET", "g1"))).toBe("0")
  expect(platform.units).toEqual([])
})

test.each(["GET", "HEAD"])("[APP-32] what a %s changed is thrown away and reported", async (method) => {
  const platform = new MemoryPlatform()
  const writing = appOf((_request, context) => {
    write(context)
    return new Response("read")
  })
  expect(await platform.run(writing, method, "g1")).toMatchObject({ status: 200, update: null, discarded: true })
  expect(await textOf(await platform.run(counting, "GET", "g2"))).toBe("0")
})

test("[APP-32] a GET that changes nothing neither loads nor rebuilds anything", async () => {
  const platform = new MemoryPlatform()
  for (const key of ["a", "b", "c"])
    expect(await platform.run(counting, "GET", key)).toMatchObject({ discarded: false })
  expect(platform.loads).toBe(1)
})

test("[APP-39][F35] an app that throws gets a 500 and changes nothing", async () => {
  const platform = new MemoryPlatform()
  const throwing = appOf((_request, context) => {
    write(context)
    throw new Error("broken")
  })
  const result = await platform.run(throwing, "POST", "k1")
  expect(result).toMatchObject({ status: 500, discarded: true, failure: { kind: "threw", message: "broken" } })
  expect(await textOf(await platform.run(counting, "POST", "k2"))).toBe("1")
})

test("[APP-39][F35] an app that never settles gets a 504, and what it writes later goes nowhere", async () => {
  const platform = new MemoryPlatform()
  const { promise, resolve } = Promise.withResolvers<void>()
  const { promise: entered, resolve: enter } = Promise.withResolvers<void>()
  const slow = appOf(async (_request, context) => {
    write(context)
    enter()
    await promise
    write(context)
    return new Response("late")
  })
  const running = platform.run(slow, "POST", "k1")
  await entered
  for (const fire of platform.timers) fire()
  expect(await running).toMatchObject({ status: 504, discarded: true, failure: { kind: "timeout" } })
  resolve()
  await promise
  expect(await textOf(await platform.run(counting, "POST", "k2"))).toBe("1")
  expect(platform.timers.size).toBe(0)
})

test("[APP-37][F39] a unit that cannot be stored is answered with a 503 and thrown away", async () => {
  let full = true
  const platform = new MemoryPlatform({
    persist: (unit) => {
      if (full) throw new Error("quota")
      platform.units.push(unit)
    }
  })
  expect(await platform.run(counting, "POST", "k1")).toMatchObject({
    status: 503,
    update: null,
    failure: { kind: "persist" }
  })
  full = false
  expect(await textOf(await platform.run(counting, "POST", "k1"))).toBe("1")
  expect(platform.document().getMap("data").size).toBe(1)
})

test("[APP-37] the answer is given only after the unit is durable", async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const { promise: storing, resolve: store } = Promise.withResolvers<void>()
  const platform = new MemoryPlatform({
    persist: () => {
      store()
      return promise
    }
  })
  let answered = false
  const running = platform.run(counting, "POST", "k1").then((result) => {
    answered = true
    return result
  })
  await storing
  expect(answered).toBe(false)
  resolve()
  expect((await running).status).toBe(200)
})

test("[APP-37] a document that cannot be loaded is answered with a 503 and tried again", async () => {
  let broken = true
  const platform = new MemoryPlatform({
    load: () => {
      if (broken) throw new Error("disk")
      return []
    }
  })
  expect(await platform.run(counting, "GET", "g")).toMatchObject({
    status: 503,
    failure: { kind: "load", message: "disk" }
  })
  broken = false
  expect(await platform.run(counting, "GET", "g")).toMatchObject({ status: 200 })
})

test("[APP-38][F36] a repeat gets the kept answer and applies nothing", async () => {
  const platform = new MemoryPlatform()
  const first = await platform.run(counting, "POST", "k1")
  const again = await platform.run(counting, "POST", "k1")
  expect(again).toMatchObject({
    status: first.status,
    headers: first.headers,
    body: first.body,
    repeated: true,
    update: null
  })
  expect(platform.units).toHaveLength(1)
})

test("[APP-38][F36] two of the same at once apply once", async () => {
  const platform = new MemoryPlatform()
  const results = await Promise.all([1, 2, 3].map(() => platform.run(counting, "POST", "k1")))
  expect(results.map(({ repeated }) => repeated)).toEqual([false, true, true])
  expect(platform.document().getMap("data").size).toBe(1)
})

test("[APP-38] a repeat whose answer was not kept here is known by its marker: answered, not applied", async () => {
  const there = new MemoryPlatform()
  await there.run(counting, "POST", "k1")
  const here = new MemoryPlatform()
  here.remote.push(...there.durable())
  const result = await here.run(counting, "POST", "k1")
  expect(result).toMatchObject({ status: 200, repeated: true, update: null })
  expect(here.units).toEqual([])
  expect(await textOf(await here.run(counting, "GET", "g1"))).toBe("1")
})

test("[APP-30] units run one at a time, in the order they came", async () => {
  const platform = new MemoryPlatform()
  const seen: string[] = []
  const app = appOf(async (request) => {
    const name = await request.text()
    seen.push(`${name} in`)
    await Promise.resolve()
    seen.push(`${name} out`)
    return new Response(name)
  })
  await Promise.all(["a", "b", "c"].map((name) => platform.run(app, "POST", name, name)))
  expect(seen).toEqual(["a in", "a out", "b in", "b out", "c in", "c out"])
})

test("[APP-33] a remote change comes in between units, never inside one", async () => {
  const platform = new MemoryPlatform()
  const other = new yjs.Doc()
  other.getMap("data").set("remote", 1)
  const update = yjs.encodeStateAsUpdate(other)
  let applied: Promise<void> | undefined
  const app = appOf(async (_request, context) => {
    const before = size(context)
    applied = platform.work.applyRemote(update)
    await new Promise((resolve) => setImmediate(resolve))
    write(context)
    return new Response(`${before} ${size(context)}`)
  })
  const result = await platform.run(app, "POST", "k1")
  expect(await textOf(result)).toBe("0 1")
  await applied
  expect(await textOf(await platform.run(counting, "GET", "g1"))).toBe("2")
  const committed = new yjs.Doc()
  yjs.applyUpdate(committed, result.update ?? new Uint8Array())
  expect(committed.getMap("data").has("remote")).toBe(false)
})

test("[APP-31] what an app writes after its answer is thrown away before the next unit", async () => {
  const platform = new MemoryPlatform()
  let kept: AppContext | undefined
  const leaking = appOf((_request, context) => {
    kept = context
    return new Response("ok")
  })
  await platform.run(leaking, "POST", "k1")
  if (kept) write(kept)
  expect(await textOf(await platform.run(counting, "GET", "g1"))).toBe("0")
  expect(platform.loads).toBe(2)
})

test("[APP-34] a write's answer is read to its end before the unit is committed", async () => {
  const platform = new MemoryPlatform()
  const streaming = appOf((_request, context) => {
    const parts = ["a", "b"]
    return new Response(
      new ReadableStream({
        pull(controller) {
          const part = parts.shift()
          if (part === undefined) return controller.close()
          write(context, part)
          controller.enqueue(new TextEncoder().encode(part))
        }
      })
    )
  })
  const result = await platform.run(streaming, "POST", "k1")
  expect(await textOf(result)).toBe("ab")
  expect(platform.document().getMap("data").size).toBe(2)
})

test("[APP-35][F30] a long answer to a GET is passed on as a stream", async () => {
  const platform = new MemoryPlatform()
  let made = 0
  const chunk = new Uint8Array(256 * 1024)
  const long = appOf(
    () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            if (++made > 40) controller.close()
            else controller.enqueue(chunk)
          }
        })
      )
  )
  const result = await platform.run(long, "GET", "g1")
  expect(result.body).toBeInstanceOf(ReadableStream)
  expect(made).toBeLessThan(10)
  expect((await textOf(result)).length).toBe(40 * chunk.length)
  const events = appOf(() => new Response(new ReadableStream(), { headers: { "content-type": "text/event-stream" } }))
  expect((await platform.run(events, "GET", "g2")).body).toBeInstanceOf(ReadableStream)
})

test("[APP-33] exclusive work sees committed state only; what it writes under another origin is thrown away", async () => {
  const platform = new MemoryPlatform()
  const [, seen] = await Promise.all([
    platform.run(counting, "POST", "k1"),
    platform.work.exclusive((doc) => {
      doc.getMap("data").set("stray", 1)
      return doc.getMap(KEYS_MAP).has("k1")
    })
  ])
  expect(seen).toBe(true)
  expect(await textOf(await platform.run(counting, "GET", "g1"))).toBe("1")
  await platform.work.exclusive((doc) => doc.transact(() => doc.getMap("data").set("kept", 1), REMOTE_ORIGIN))
  expect(await textOf(await platform.run(counting, "GET", "g2"))).toBe("2")
})

test("[APP-31] the platform may choose the Yjs client id that a replica writes under", async () => {
  const platform = new MemoryPlatform({ clientId: () => 4711 })
  const { update } = await platform.run(counting, "POST", "k1")
  expect([...yjs.parseUpdateMeta(update ?? new Uint8Array()).to.keys()]).toEqual([4711])
})

test("[APP-36] whatever is asked in whatever order, replica and storage hold the same: the committed units, each once", async () => {
  const command = fc.record({
    method: fc.constantFrom("GET", "POST", "PUT", "DELETE"),
    key: fc.integer({ min: 0, max: 8 }),
    outcome: fc.constantFrom("ok", "refuse", "throw", "storage")
  })
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 25 }), async (commands) => {
      let outcome = ""
      const platform = new MemoryPlatform({
        persist: (unit) => {
          if (outcome === "storage") throw new Error("full")
          platform.units.push(unit)
        },
        recall: () => null
      })
      const app = appOf((_request, context) => {
        write(context, outcome)
        if (outcome === "throw") throw new Error("thrown")
        return new Response("x", { status: outcome === "refuse" ? 422 : 200 })
      })
      const done = new Set<string>()
      for (const [index, { method, key, outcome: next }] of commands.entries()) {
        outcome = next
        const name = method === "GET" ? `get${index}` : `key${key}`
        const result = await platform.run(app, method, name)
        expect(result.update !== null).toBe(method !== "GET" && next === "ok" && !done.has(name))
        if (result.update) done.add(name)
      }
      const shown = await platform.work.exclusive((doc) => doc.getMap("data").toJSON())
      expect(shown).toEqual(platform.document().getMap("data").toJSON())
      expect(Object.keys(shown)).toHaveLength(done.size)
      expect(platform.units).toHaveLength(done.size)
    }),
    { seed: seed(), numRuns: 60 }
  )
})

/** Notes down what a request says, in a text and as a record. */
const noting = (kind: "text" | "record") =>
  appOf(async (request, context) => {
    const line = await request.text()
    if (kind === "text") sharedText(context.doc, "notes").insert(0, line)
    else records(context.doc, "notes").create({ line }, context)
    return new Response(sharedText(context.doc, "notes").read())
  })

const unsure = (platform: MemoryPlatform, kind: "text" | "record", line: string): Promise<UnitResult> =>
  platform.work.run(noting(kind), new Request("http://service.test/calendar/", { method: "POST", body: line }), {
    user: ADA,
    now: NOW,
    effectiveKey: "k1",
    mayHaveRun: true
  })

test("[APP-54] a text's change that the other side may have made waits; when it is known to be there it is not made again", async () => {
  const [server, client] = [new MemoryPlatform(), new MemoryPlatform()]
  await server.run(noting("text"), "POST", "k1", "Bring cups. ")
  expect(await unsure(client, "text", "Bring cups. ")).toMatchObject({
    status: 503,
    update: null,
    discarded: true,
    failure: { kind: "waits" }
  })
  expect(client.units).toEqual([])
  for (const update of server.durable()) {
    client.remote.push(update)
    await client.work.applyRemote(update)
  }
  const done = await unsure(client, "text", "Bring cups. ")
  expect([done.status, done.repeated, done.failure]).toEqual([200, true, null])
  expect(sharedText(client.document(), "notes").read()).toBe("Bring cups. ")
})

test("[APP-54] when it was not made there, it is made once the other side's last state is here", async () => {
  const client = new MemoryPlatform()
  expect(await unsure(client, "text", "Bring cups. ")).toMatchObject({ failure: { kind: "waits" } })
  expect(await client.run(noting("text"), "POST", "k1", "Bring cups. ")).toMatchObject({ status: 200, failure: null })
  expect(sharedText(client.document(), "notes").read()).toBe("Bring cups. ")
})

test("[APP-54][APP-44] entries do not wait: made on both sides under one key they are there once", async () => {
  const [server, client] = [new MemoryPlatform(), new MemoryPlatform()]
  await server.run(noting("record"), "POST", "k1", "Bring cups. ")
  expect(await unsure(client, "record", "Bring cups. ")).toMatchObject({ status: 200, failure: null })
  const merged = client.document()
  for (const update of server.durable()) yjs.applyUpdate(merged, update)
  expect(records(merged, "notes").list()).toHaveLength(1)
})

test("[APP-54] control: without waiting the text is there twice, which no marker can take back", async () => {
  const [server, client] = [new MemoryPlatform(), new MemoryPlatform()]
  for (const platform of [server, client]) await platform.run(noting("text"), "POST", "k1", "Bring cups. ")
  const merged = client.document()
  for (const update of server.durable()) yjs.applyUpdate(merged, update)
  expect(sharedText(merged, "notes").read()).toBe("Bring cups. Bring cups. ")
})

/** Deletes on DELETE, writes otherwise. */
const keeping = appOf((request, context) => {
  const data = context.doc.getMap("data")
  if (request.method === "DELETE") for (const key of data.keys()) data.delete(key)
  else if (request.method !== "GET") write(context)
  return new Response(String(data.size))
})

test("[DOC-24] what a full document has no room for is answered 507 with a sentence and thrown away; what only deletes may be taken", async () => {
  const asked: [number, boolean][] = []
  let isFull = false
  const platform = new MemoryPlatform({
    obstacle: (_doc, added, isSaving) => {
      asked.push([added, isSaving])
      return isFull && !isSaving ? "the document is full" : null
    }
  })
  expect(await platform.run(keeping, "POST", "k1")).toMatchObject({ status: 200 })
  isFull = true
  const refused = await platform.run(keeping, "POST", "k2")
  expect(refused).toMatchObject({ status: 507, update: null, discarded: true, failure: { kind: "full" } })
  expect(await textOf(refused)).toBe("the document is full\n")
  expect(await textOf(await platform.run(keeping, "GET", "g1"))).toBe("1")
  expect(await platform.run(keeping, "POST", "k1")).toMatchObject({ status: 200, repeated: true })
  expect(await platform.run(keeping, "DELETE", "k3")).toMatchObject({ status: 200 })
  expect(platform.document().getMap("data").size).toBe(0)
  expect(asked.map(([, isSaving]) => isSaving)).toEqual([false, false, true])
  expect(asked.map(([added]) => added)).toEqual([
    platform.units[0]?.update.length,
    expect.any(Number),
    platform.units[1]?.update.length
  ])
})
