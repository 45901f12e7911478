/** The unmodified WebsocketProvider of y-websocket, from Node, on a real edge in a real workerd. */
import { afterAll, expect, onTestFinished, test } from "vitest"
import { WebsocketProvider } from "y-websocket"
import * as Y from "yjs"
import { until } from "../../scripts/local/until.ts"
import { RealEdge } from "../support/platform/real-edge.ts"

const LIMIT_MS = 120_000
const WITHIN_MS = 30_000
const DOCUMENT = "schedule/team/blue"

const edge = await RealEdge.start("1.0.0")
afterAll(() => edge.close())

const provide = (ticket: string) => {
  const doc = new Y.Doc()
  const server = `${edge.pin.origin.replace("http", "ws")}/_locum/sync`
  const provider = new WebsocketProvider(server, DOCUMENT, doc, { params: { ticket }, disableBc: true })
  onTestFinished(() => {
    provider.destroy()
    provider.awareness.destroy()
  })
  return { doc, provider, text: doc.getText("text"), awareness: provider.awareness }
}

const eventually = (what: string, isSo: () => boolean): Promise<true> =>
  until(what, WITHIN_MS, () => Promise.resolve(isSo() ? true : undefined))

const closed = (provider: WebsocketProvider): Promise<{ readonly code: number; readonly reason: string }> =>
  new Promise((resolve) => provider.once("closed", resolve))

test(
  "[SYN-1] [DOC-13] with a ticket it syncs both ways, with awareness, and deletions",
  async () => {
    const [ann, bob] = await Promise.all([edge.signIn("Ann", "blue"), edge.signIn("Bob", "blue")])
    const [a, b] = [provide(ann.session.ticket), provide(bob.session.ticket)]
    a.text.insert(0, "hello")
    await eventually("Bob to read Ann's text", () => b.text.toJSON() === "hello")
    b.text.insert(5, " Ann")
    b.text.delete(0, 1)
    await eventually("Ann to read Bob's change", () => a.text.toJSON() === "ello Ann")
    a.awareness.setLocalStateField("user", { name: "Ann" })
    b.awareness.setLocalStateField("user", { name: "Bob" })
    const sees = (one: typeof a, other: typeof a) => () =>
      one.awareness.getStates().get(other.doc.clientID)?.["user"] !== undefined
    await eventually("Ann to see Bob", sees(a, b))
    await eventually("Bob to see Ann", sees(b, a))
    expect(a.awareness.getStates().get(b.doc.clientID)).toEqual({ user: { name: "Bob" } })
    const late = provide(ann.session.ticket)
    await eventually("a late replica to have all", () => late.text.toJSON() === "ello Ann")
    await eventually("a late replica to see Bob, who is asked", sees(late, b))
  },
  LIMIT_MS
)

test(
  "[F66] [IDN-6] without a sound ticket it is told so with a code at which it gives up",
  async () => {
    expect(await closed(provide("forged").provider)).toMatchObject({ code: 4401 })
    const stranger = await edge.signIn("Eve", "red")
    expect(await closed(provide(stranger.session.ticket).provider)).toMatchObject({ code: 4403 })
  },
  LIMIT_MS
)
