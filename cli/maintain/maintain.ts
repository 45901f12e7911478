/**
 * One maintenance from beginning to end: clients take over, the operator's command runs, the new version answers, clients give back
 * and update. Whatever goes wrong before clients were told to give back is aborted, and the standing policies come back. Keeps SPEC rules
 * OPR-3, OPR-5, OPR-6.
 */
import type { MaintenanceView, ServiceView } from "../../shared/protocol/admin-views.ts"
import type { RequestInput } from "../../shared/protocol/admin-api.ts"
import { CommandFailure, EXIT, type ExitStatus } from "../exit-status.ts"
import type { Interruption } from "../platform/machine.ts"
import { follow, isFinished, isWaiting, patiently, type FollowPorts } from "./follow.ts"
import { restore } from "./restore.ts"
import { commandFault, passOn } from "./run-command.ts"

export interface MaintainWish {
  readonly request: RequestInput
  /** The command to run while the service is closed; null: the operator resumes himself. */
  readonly command: readonly [string, ...string[]] | null
  /** What the command prints goes to standard error. */
  readonly quiet: boolean
}

/** How it ended, and the maintenance's id. */
export interface MaintainOutcome {
  readonly id: string
  readonly status: ExitStatus
}

type Ports = Omit<FollowPorts, "isInterrupted">

/** Who wants this to end, and what has to hear of it. */
class Interrupts {
  signal: Interruption | null = null
  #count = 0
  #hearer: (signal: Interruption) => void = () => undefined

  readonly hear = (signal: Interruption): void => {
    this.signal ??= signal
    this.#count++
    this.#hearer(signal)
  }

  /** Tells whether somebody asked once more since now. */
  fromNow(): () => boolean {
    const before = this.#count
    return () => this.#count > before
  }

  /** `hearer` is told while `work` goes on. */
  async during<T>(hearer: (signal: Interruption) => void, work: Promise<T>): Promise<T> {
    this.#hearer = hearer
    try {
      return await work
    } finally {
      this.#hearer = () => undefined
    }
  }

  get isAsked(): boolean {
    return this.signal !== null
  }

  get status(): ExitStatus {
    return this.signal === "SIGTERM" ? EXIT.terminated : EXIT.interrupted
  }
}

/** Runs it; resolves when it is over, restored, or waits for the operator. */
export const maintain = async (ports: Ports, wish: MaintainWish): Promise<MaintainOutcome> => {
  const interrupts = new Interrupts()
  const ignore = ports.machine.onInterrupt(interrupts.hear)
  try {
    const { id } = await ports.api.start(wish.request)
    ports.progress.say(`maintenance ${id}`)
    const work = carryOut({ ...ports, isInterrupted: () => interrupts.isAsked }, id, wish, interrupts)
    const end = await work.catch((error: unknown): End => {
      if (!(error instanceof CommandFailure)) throw error
      return { giveUp: interrupts.isAsked ? interrupted(interrupts) : failed(error.message) }
    })
    if (!("giveUp" in end)) return { id, status: end.status }
    const { reason, status } = end.giveUp
    return { id, status: await restore({ ...ports, isInterrupted: interrupts.fromNow() }, id, reason, status) }
  } finally {
    ports.progress.rest()
    ignore()
  }
}

/** Why a maintenance is aborted, and the status to end with when it is. */
interface GivingUp {
  readonly reason: string
  readonly status: ExitStatus
}
type End = { readonly status: ExitStatus } | { readonly giveUp: GivingUp }

const failed = (reason: string): GivingUp => ({ reason, status: EXIT.commandFailed })
const interrupted = ({ signal, status }: Interrupts): GivingUp => ({ reason: `interrupted (${signal})`, status })

const carryOut = async (ports: FollowPorts, id: string, wish: MaintainWish, interrupts: Interrupts): Promise<End> => {
  const reached = await follow(ports, id, (view) => isFinished(view) || isWaiting(view))
  if (reached === null) return { giveUp: interrupted(interrupts) }
  if (isFinished(reached)) return ended(reached)
  if (wish.command === null) return leaveWaiting(ports, id)
  const fault = await runCommand(ports, wish.command, wish.quiet, interrupts)
  if (interrupts.isAsked) return { giveUp: interrupted(interrupts) }
  if (fault !== null) return { giveUp: failed(fault) }
  const missing = await awaitRelease(ports, wish.request)
  if (interrupts.isAsked) return { giveUp: interrupted(interrupts) }
  if (missing !== null) return { giveUp: failed(missing) }
  await patiently(ports, () => ports.api.resume(id))
  const { since } = reached
  const after = await follow(ports, id, (view) => isFinished(view) || (isWaiting(view) && view.since > since))
  if (after === null) return { giveUp: interrupted(interrupts) }
  return isFinished(after) ? ended(after) : closedAgain(ports, after)
}

const ended = ({ aborted }: MaintenanceView): End => ({ status: aborted === null ? EXIT.done : EXIT.aborted })

const leaveWaiting = ({ progress }: FollowPorts, id: string): End => {
  progress.say(
    `the service is closed, browsers serve. When your work is done: locum resume ${id}, or locum abort ${id}`
  )
  return { status: EXIT.done }
}

/** The server came back worse: people are served by browsers, so there is time to look. */
const closedAgain = ({ progress }: FollowPorts, { id, setback }: MaintenanceView): End => {
  progress.say(`closed again: ${setback ?? "the server came back worse"}. When it is mended: locum resume ${id}`)
  return { status: EXIT.stillClosed }
}

const runCommand = async (
  { machine, progress }: FollowPorts,
  command: readonly [string, ...string[]],
  quiet: boolean,
  interrupts: Interrupts
): Promise<string | null> => {
  progress.say(`running: ${command.join(" ")}`)
  progress.rest()
  // What was pressed just now is heard before the command starts: the terminal told nobody else of it.
  await machine.pause(0)
  if (interrupts.isAsked) return null
  const program = machine.run(command, quiet)
  return commandFault(command, await interrupts.during(passOn(program, machine, progress.say), program.ended))
}

/** Waits until Worker and controller both run the release that was asked for; what is missing when they do not. */
const awaitRelease = async (ports: FollowPorts, request: RequestInput): Promise<string | null> => {
  const { api, machine, progress, patienceMs, isInterrupted } = ports
  const { service, release } = request
  const since = machine.now()
  let last: ServiceView | undefined
  progress.say(`waiting for ${release} to answer`)
  while (!isInterrupted()) {
    last = (await patiently(ports, () => api.services())).find((view) => view.service === service)
    if (last !== undefined && answers(last, release)) return null
    if (machine.now() - since >= patienceMs) break
    await machine.pause(500)
  }
  const now =
    last === undefined ? `${service} is not served` : `${last.worker} answers, its controller ${last.controller}`
  return `${release} does not answer: ${now}`
}

/**
 * Whether a deployment is the one that was waited for. Without an update (the release is the one that clients run already) every
 * deployment that still publishes it will do.
 */
const answers = ({ worker, controller, clients, published }: ServiceView, release: string | undefined): boolean =>
  release === clients ? published.some((one) => one.release === release) : worker === release && controller === release
