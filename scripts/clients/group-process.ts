/** A process of protocol clients: does what its parent says (group-messages.ts), and ends with it. */
import type { DeviceReadings } from "../../extension/environment/environment-watch.ts"
import { signInByForm } from "../local/sign-in.ts"
import { keepUsing, type Use } from "../story/use/pace.ts"
import type { GroupWish, GroupWord, Member, Tally } from "./group-messages.ts"
import { ProtocolClient } from "./protocol-client.ts"

/** As many sign in at a time. */
const AT_ONCE = 8

interface Running {
  readonly member: Member
  readonly client: ProtocolClient
}

const say = (word: GroupWord): void => void process.send?.(word)

const running: Running[] = []
const tally = { byServer: 0, byClient: 0, closed: 0, failed: [] as string[] }
const uses: Use[] = []
let device: DeviceReadings | null = null
let isUsing = false

const start = async ({ pin, members }: Extract<GroupWish, { type: "start" }>): Promise<void> => {
  const waiting = [...members]
  const startSome = async (): Promise<void> => {
    for (let member = waiting.shift(); member !== undefined; member = waiting.shift()) {
      const of = member
      const cookie = await signInByForm(pin.origin, of.name, "")
      const logError = (what: string, cause: unknown): void =>
        void tally.failed.push(`${of.client}: ${what}: ${String(cause)}`)
      const options = { pin, client: of.client, cookie, device: () => device ?? of.device, logError }
      running.push({ member, client: await ProtocolClient.start(options) })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, startSome))
  say({ type: "started" })
}

const open = async ({ member, client }: Running, path: string): Promise<void> => {
  const outcome = await client.ask(path)
  if (outcome.by === "server") tally.byServer++
  else if (outcome.by === "client") tally.byClient++
  else if (outcome.by === "nobody" && outcome.why === "closed") tally.closed++
  else if (outcome.by === "nobody") tally.failed.push(`${member.client}: ${outcome.text}`)
}

/** One begins after the other, so that they do not all ask at once for ever. */
const use = ({ path, everyMs }: Extract<GroupWish, { type: "use" }>): void => {
  const failed = (error: unknown): void => void tally.failed.push(`the driver: ${String(error)}`)
  for (const [index, one] of running.entries())
    setTimeout(
      () => {
        if (isUsing) uses.push(keepUsing({ intervalMs: everyMs, atOnce: 1 }, () => open(one, path), failed))
      },
      (everyMs * index) / running.length
    )
  isUsing = true
}

const rest = async (): Promise<void> => {
  isUsing = false
  await Promise.all(uses.splice(0).map((one) => one.stop()))
  say({ type: "rested", tally: tally satisfies Tally })
}

const carryOut = (wish: GroupWish): Promise<void> | void => {
  switch (wish.type) {
    case "start":
      return start(wish)
    case "use":
      return use(wish)
    case "device":
      device = wish.device
      for (const { client } of running) client.deviceChanged()
      return
    case "rest":
      return rest()
  }
}

// The other end is client-group.ts, which sends nothing else.
process.on("message", (wish) => void carryOut(wish as GroupWish))
process.once("disconnect", () => process.exit())
