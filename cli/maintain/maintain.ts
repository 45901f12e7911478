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
  #hearer: (signal: Interruption) => void = () => undefined

  readonly hear = (signal: Interruption): void => {
    this.signal ??= signal
    this.#hearer(signal)
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
    const status = await carryOut({ ...ports, isInterrupted: () => interrupts.isAsked }, id, wish, interrupts).catch(
      (error: unknown) => {
        if (!(error instanceof CommandFailure)) throw error
        return restore(ports, id, error.message, EXIT.commandFailed)
      }
    )
    return { id, status }
  } finally {
    ports.progress.rest()
    ignore()
  }
}

const carryOut = async (
  ports: FollowPorts,
  id: string,
  wish: MaintainWish,
  interrupts: Interrupts
): Promise<ExitStatus> => {
  const giveUp = (reason: string, status: ExitStatus): Promise<ExitStatus> => restore(ports, id, reason, status)
  const interrupted = (): Promise<ExitStatus> => giveUp(`interrupted (${interrupts.signal})`, interrupts.status)
  const reached = await follow(ports, id, (view) => isFinished(view) || isWaiting(view))
  if (reached === null) return interrupted()
  if (isFinished(reached)) return ended(reached)
  if (wish.command === null) return leaveWaiting(ports, id)
  const fault = await runCommand(ports, wish.command, wish.quiet, interrupts)
  if (interrupts.isAsked) return interrupted()
  if (fault !== null) return giveUp(fault, EXIT.commandFailed)
  const missing = await awaitRelease(ports, wish.request)
  if (interrupts.isAsked) return interrupted()
  if (missing !== null) return giveUp(missing, EXIT.commandFailed)
  await patiently(ports, () => ports.api.resume(id))
  const { since } = reached
  const after = await follow(ports, id, (view) => isFinished(view) || (isWaiting(view) && view.since > since))
  if (after === null) return interrupted()
  return isFinished(after) ? ended(after) : closedAgain(ports, after)
}

const ended = ({ aborted }: MaintenanceView): ExitStatus => (aborted === null ? EXIT.done : EXIT.aborted)

const leaveWaiting = ({ progress }: FollowPorts, id: string): ExitStatus => {
  progress.say(
    `the service is closed, browsers serve. When your work is done: locum resume ${id}, or locum abort ${id}`
  )
  return EXIT.done
}

/** The server came back worse: people are served by browsers, so there is time to look. */
const closedAgain = ({ progress }: FollowPorts, { id, setback }: MaintenanceView): ExitStatus => {
  progress.say(`closed again: ${setback ?? "the server came back worse"}. When it is mended: locum resume ${id}`)
  return EXIT.stillClosed
}

const runCommand = async (
  { machine, progress }: FollowPorts,
  command: readonly [string, ...string[]],
  quiet: boolean,
  interrupts: Interrupts
): Promise<string | null> => {
  progress.say(`running: ${command.join(" ")}`)
  progress.rest()
  const program = machine.run(command, quiet)
  return commandFault(command, await interrupts.during(passOn(program, machine), program.ended))
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
