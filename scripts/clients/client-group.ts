/** A group of protocol clients in a process of its own, so that it can vanish as browsers do: killed, or put to sleep with its sockets open. */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { resolve } from "node:path"
import type { DeviceReadings } from "../../extension/environment/environment-watch.ts"
import type { ServicePin } from "../../extension/platform/client-platform.ts"
import type { GroupWish, GroupWord, Member, Tally } from "./group-messages.ts"

export class ClientGroup {
  readonly members: readonly Member[]
  readonly #child: ChildProcess
  readonly #killWithUs = (): void => void this.#child.kill("SIGKILL")

  private constructor(members: readonly Member[], child: ChildProcess) {
    this.members = members
    this.#child = child
    process.once("exit", this.#killWithUs)
  }

  /** Resolves when everybody is signed in and connects. */
  static async start(pin: ServicePin, members: readonly Member[]): Promise<ClientGroup> {
    // In a process group of its own: the kernel ends an orphaned group in which somebody is stopped.
    const child = fork(resolve(import.meta.dirname, "group-process.ts"), { detached: true })
    const group = new ClientGroup(members, child)
    group.#say({ type: "start", pin, members })
    await group.#hear("started")
    return group
  }

  /** Everybody opens a page every so often. */
  use(path: string, everyMs: number): void {
    this.#say({ type: "use", path, everyMs })
  }

  /** Every device of the group has these readings now. */
  setDevice(device: DeviceReadings): void {
    this.#say({ type: "device", device })
  }

  /** Its machines sleep: sockets stay open, nothing is answered. */
  sleep(): void {
    this.#child.kill("SIGSTOP")
  }

  wake(): void {
    this.#child.kill("SIGCONT")
  }

  /** No page is opened any more; what came of all that were. */
  async rest(): Promise<Tally> {
    this.#say({ type: "rest" })
    return (await this.#hear("rested")).tally
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    process.off("exit", this.#killWithUs)
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, "exit")
    this.#child.kill("SIGKILL")
    await gone
  }

  #say(wish: GroupWish): void {
    this.#child.send(wish)
  }

  /** The next word of a type; rejects when the process ends. */
  #hear<T extends GroupWord["type"]>(type: T): Promise<Extract<GroupWord, { type: T }>> {
    const { promise, resolve: heard, reject } = Promise.withResolvers<Extract<GroupWord, { type: T }>>()
    // The other end is group-process.ts, which sends nothing else.
    const listen = (word: unknown): void => {
      if ((word as GroupWord).type === type) heard(word as Extract<GroupWord, { type: T }>)
    }
    const ended = (): void => reject(new Error(`a group of clients ended before it said ${type}`))
    this.#child.on("message", listen)
    this.#child.once("exit", ended)
    return promise.finally(() => {
      this.#child.off("message", listen)
      this.#child.off("exit", ended)
    })
  }
}
