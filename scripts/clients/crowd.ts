/** The crowd of a play: protocol clients in four groups, by what will become of them. */
import { randomBytes } from "node:crypto"
import type { DeviceReadings } from "../../extension/environment/environment-watch.ts"
import type { ServicePin } from "../../extension/platform/client-platform.ts"
import { ClientGroup } from "./client-group.ts"
import { WELL, type Member, type Tally } from "./group-messages.ts"

/** Of all clients; half of the vanishing ones are killed, half fall asleep. */
const VANISHING = 0.1
const REFUSING = 0.05

/** What a device can lack, in turns: the first two keep it from standing in and from updating, the last one from updating only. */
const LACKS: readonly Partial<DeviceReadings>[] = [
  { battery: { level: 0.05, charging: false } },
  { storageLeft: 10_000_000 },
  { isSlow: true }
]

export interface Crowd {
  /** Nothing is wrong with them: covered all the time. */
  readonly steady: ClientGroup
  /** Low battery, little storage, a slow network. */
  readonly refusing: ClientGroup
  /** They vanish for good. */
  readonly killed: ClientGroup
  /** They sleep with their sockets open, and wake up later. */
  readonly sleeping: ClientGroup
  readonly size: number
  /** Everybody opens a page of the service every so often. */
  use(path: string, everyMs: number): void
  /** Nobody asks any more; what came of those who are there. */
  rest(): Promise<{ readonly covered: Tally; readonly refusing: Tally }>
  end(): Promise<void>
}

const membersOf = (prefix: string, count: number, device: (index: number) => DeviceReadings): readonly Member[] =>
  Array.from({ length: count }, (_none, index) => ({
    client: randomBytes(16).toString("hex"),
    name: `${prefix} ${index + 1}`,
    device: device(index)
  }))

/** Starts `size` clients; resolves when all are signed in. */
export const gather = async (pin: ServicePin, size: number): Promise<Crowd> => {
  const vanishing = Math.round(size * VANISHING)
  const [gone, away, poor] = [Math.ceil(vanishing / 2), Math.floor(vanishing / 2), Math.round(size * REFUSING)]
  const start = (prefix: string, count: number, device = (_index: number) => WELL): Promise<ClientGroup> =>
    ClientGroup.start(pin, membersOf(prefix, count, device))
  const groups = await Promise.all([
    start("Steady", size - gone - away - poor),
    start("Poor", poor, (index) => ({ ...WELL, ...LACKS[index % LACKS.length] })),
    start("Gone", gone),
    start("Away", away)
  ])
  const [steady, refusing, killed, sleeping] = groups
  return {
    steady,
    refusing,
    killed,
    sleeping,
    size,
    use: (path, everyMs) => {
      for (const group of groups) group.use(path, everyMs)
    },
    rest: async () => {
      const [one, other, poorTally] = await Promise.all([steady.rest(), sleeping.rest(), refusing.rest()])
      return { covered: sumOf(one, other), refusing: poorTally }
    },
    end: async () => {
      await Promise.all(groups.map((group) => group.kill()))
    }
  }
}

const sumOf = (a: Tally, b: Tally): Tally => ({
  byServer: a.byServer + b.byServer,
  byClient: a.byClient + b.byClient,
  closed: a.closed + b.closed,
  failed: [...a.failed, ...b.failed]
})

/** The ids of a group's clients. */
export const idsOf = ({ members }: ClientGroup): readonly string[] => members.map(({ client }) => client)
