/**
 * Question: how long from the operator's POST until the last of a thousand clients has carried it out, and how many clients does
 * this machine carry? Asked of Locum's edge with its control sockets on 1 and on 8 objects, beside a bare WebSocket broadcast with
 * acknowledgement from as many Durable Objects, in turns in the same run.
 *
 * Target: p99 of the flips at most twice that of the bare broadcast's. Sizes: BENCH_CLIENTS, BENCH_ROUNDS; BENCH_MOST=0 leaves the search
 * for the largest number out.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { verifyEd25519 } from "../extension/platform/crypto.ts"
import { ClientPolicySchema } from "../shared/policy/client-policy.ts"
import { pinnedRoot } from "../shared/release/publisher.ts"
import { anyOf, openCertificate, openEnvelope, PAYLOAD_TYPE } from "../shared/protocol/envelope.ts"
import { readPreset } from "../scripts/story/stage/places.ts"
import { bareBroadcast } from "./control/bare-server.ts"
import { locum } from "./control/locum-server.ts"
import type { ControlPeer, ControlServer, PolicyMessage, Told } from "./control/peer.ts"
import { atMost, printGoals, printTable, writeReport, type Goal } from "./support/report.ts"
import { median, quantile, seededRandom, shuffled } from "./support/statistics.ts"

const CLIENTS = Number(process.env["BENCH_CLIENTS"] ?? 1000)
const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 20)
const SEED = Number(process.env["BENCH_SEED"] ?? 1)
/** The search ends here, or at the first number that the machine does not carry. */
const MOST = Number(process.env["BENCH_MOST"] ?? 16_000)
const WARM_UP_ROUNDS = 3
const SHARDS = [1, 8] as const
const CHECKS = 500

interface Running {
  readonly peer: ControlPeer
  readonly server: ControlServer
  readonly told: Told[]
}

/** Runs `work` with every peer's server, each on a folder of its own, and takes all away whatever happens. */
const withServers = async <T>(
  peers: readonly ControlPeer[],
  work: (running: readonly Running[]) => Promise<T>
): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), "locum-bench-control-"))
  const running: Running[] = []
  try {
    for (const [index, peer] of peers.entries())
      running.push({ peer, server: await peer.start(join(folder, String(index))), told: [] })
    return await work(running)
  } finally {
    for (const { server } of running) await server.kill()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** What a client's two signature checks of a policy cost on this machine, ms. */
const checkMs = async (message: PolicyMessage | null): Promise<number> => {
  const [pin] = readPreset().services
  if (message === null || pin === undefined) throw new Error("no policy to check")
  const from = performance.now()
  for (let check = 0; check < CHECKS; check++) {
    const { service } = pin
    const certificate = await openCertificate(message.certificate, service, pinnedRoot(pin), Date.now(), verifyEd25519)
    if (!certificate.ok) throw new Error(certificate.error)
    const keys = anyOf([certificate.value.key])
    const policy = await openEnvelope(message.policy, PAYLOAD_TYPE.policy, ClientPolicySchema, keys, verifyEd25519)
    if (!policy.ok) throw new Error(policy.error)
  }
  return (performance.now() - from) / CHECKS
}

/** Each is the median of the rounds, so that a pause of the machine in one of them does not count. */
interface Figures {
  readonly name: string
  /** Of a round's flips. */
  readonly p50: number
  readonly p99: number
  /** Until the last flip, and until the server knew of it. */
  readonly last: number
  readonly known: number
}

const figuresOf = ({ peer, told }: Running): Figures => {
  const ofRounds = (figure: (one: Told) => number): number => median(told.map(figure))
  return {
    name: peer.name,
    p50: ofRounds(({ flips }) => median(flips)),
    p99: ofRounds(({ flips }) => quantile(flips, 0.99)),
    last: ofRounds(({ flips }) => Math.max(...flips)),
    known: ofRounds(({ knownMs }) => knownMs)
  }
}

/** All peers in turns, in an order that changes. */
const compare = async (): Promise<{ readonly rows: readonly Figures[]; readonly checkMs: number }> => {
  const peers = SHARDS.flatMap((count) => [bareBroadcast(count), locum(count)])
  return withServers(peers, async (running) => {
    for (const { server } of running) await server.connect(CLIENTS)
    const random = seededRandom(SEED)
    for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++)
      for (const one of shuffled(running, random)) {
        const told = await one.server.tell()
        if (round >= 0) one.told.push(...told)
      }
    const policy = running.map(({ server }) => server.lastPolicy()).find((message) => message !== null)
    return { rows: running.map(figuresOf), checkMs: await checkMs(policy ?? null) }
  })
}

interface Most {
  readonly name: string
  readonly clients: number
  readonly last: number
  readonly stoppedBy: string
}

/** Doubles the clients of one server until it does not carry them. */
const mostOf = (peer: ControlPeer): Promise<Most> =>
  withServers([peer], async ([running]) => {
    const server = running?.server
    let most: Most = { name: peer.name, clients: 0, last: 0, stoppedBy: `${MOST} was the most that was tried` }
    try {
      for (let clients = CLIENTS; clients <= MOST; clients *= 2) {
        await server?.connect(clients - most.clients)
        const told = (await server?.tell()) ?? []
        most = { ...most, clients, last: median(told.map(({ flips }) => Math.max(...flips))) }
      }
    } catch (cause) {
      return { ...most, stoppedBy: String(cause) }
    }
    return most
  })

const goalsOf = (rows: readonly Figures[]): readonly Goal[] =>
  SHARDS.flatMap((shards) => {
    const of = (name: string): Figures | undefined => rows.find((row) => row.name === name)
    const [bare, ours] = [of(bareBroadcast(shards).name), of(locum(shards).name)]
    if (bare === undefined || ours === undefined) return []
    return [
      atMost(
        `p99 of the flips of ${CLIENTS} clients on ${shards} shards, in bare broadcasts`,
        ours.p99 / bare.p99,
        2,
        "x"
      )
    ]
  })

const compared = await compare()
printTable(
  `${CLIENTS} clients, from POST, medians of ${ROUNDS} rounds, ms`,
  ["objects", "flip p50", "flip p99", "last flip", "all known"],
  compared.rows.map(({ name, p50, p99, last, known }) => [name, p50, p99, last, known])
)
process.stdout.write(
  `\nchecking a policy's signatures takes a client ${compared.checkMs.toFixed(2)} ms; it is not in the figures above\n`
)
const most: Most[] = []
if (MOST > 0) {
  for (const shards of SHARDS) most.push(await mostOf(locum(shards)), await mostOf(bareBroadcast(shards)))
  printTable(
    "The largest number that this machine carries",
    ["objects", "clients", "last flip, ms", "ended by"],
    most.map(({ name, clients, last, stoppedBy }) => [name, String(clients), last, stoppedBy.slice(0, 60)])
  )
}
const goals = goalsOf(compared.rows)
printGoals(goals)
await writeReport("control", { clients: CLIENTS, rounds: ROUNDS, ...compared, most, goals })
process.exit()
