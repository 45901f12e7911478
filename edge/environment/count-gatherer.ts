/** Gathers what the documents of a shard counted, so that the controller hears of them a few times a second and not for each. Keeps SPEC rule ENV-7. */
import type { RequestCount } from "../platform/objects.ts"

const GATHER_MS = 500

export interface GatherPorts {
  readonly after: (ms: number, run: () => void) => () => void
  readonly tell: (service: string, counts: readonly RequestCount[]) => Promise<void>
  readonly logProblem: (what: string, cause: unknown) => void
}

export class CountGatherer {
  readonly #ports: GatherPorts
  readonly #gathered = new Map<string, RequestCount[]>()

  constructor(ports: GatherPorts) {
    this.#ports = ports
  }

  add(service: string, count: RequestCount): void {
    const counts = this.#gathered.get(service)
    if (counts !== undefined) return void counts.push(count)
    this.#gathered.set(service, [count])
    this.#ports.after(GATHER_MS, () => this.#tell(service))
  }

  /** Counts that nobody took are lost: the next ones tell as much. */
  #tell(service: string): void {
    const { tell, logProblem } = this.#ports
    const counts = this.#gathered.get(service) ?? []
    this.#gathered.delete(service)
    tell(service, counts).catch((cause: unknown) => logProblem("shard: the controller did not take the counts", cause))
  }
}
