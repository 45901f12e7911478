/** The second service as it would really be there: a signed release and definition, deployed on an edge of its own. */
import { join, resolve } from "node:path"
import { type EdgeProcess, startEdge } from "../../../scripts/local/edge-process.ts"
import { openKeys } from "../../../scripts/releases/keys.ts"
import { makeDeployment } from "../../../scripts/releases/make-deployment.ts"
import { makeRelease } from "../../../scripts/releases/make-release.ts"
import { Operator } from "../../../scripts/story/stage/operator.ts"
import type { Preset } from "../../../shared/protocol/preset.ts"

const BUILD = resolve(import.meta.dirname, "../../../build")
const DEFINITION = {
  name: "guest",
  mount: "/guest/",
  documents: [{ path: "/guest/*", document: "user/:user" }],
  signOut: []
}

export class GuestService {
  readonly service = DEFINITION.name
  readonly mount = DEFINITION.mount
  readonly operator: Operator
  /** What the extension knows of it. */
  readonly pin: Preset["services"][number]
  readonly #edge: EdgeProcess

  private constructor(edge: EdgeProcess, pin: Preset["services"][number], adminToken: string) {
    this.#edge = edge
    this.pin = pin
    this.operator = new Operator(edge.origin, adminToken)
  }

  /** Makes release and deployment in `folder` and starts the edge. @param vars the edge's settings */
  static async start(folder: string, vars: Record<string, string>, adminToken: string): Promise<GuestService> {
    const keys = await openKeys(join(BUILD, "keys"), Date.now())
    const entry = join(import.meta.dirname, "guest-app.ts")
    const release = await makeRelease({ entry, serial: 1 }, keys, join(folder, "releases"))
    const deployment = join(folder, "deployment")
    await makeDeployment({ folder: deployment, definition: DEFINITION, releases: [release] }, keys)
    const edge = await startEdge({ deployment, vars, folder: join(folder, "edge") })
    const { name: service, mount } = DEFINITION
    const pin = { service, mount, origin: edge.origin, publisherKeys: [keys.publisher.key] }
    return new GuestService(edge, pin, adminToken)
  }

  get origin(): string {
    return this.pin.origin
  }

  async kill(): Promise<void> {
    await this.#edge.kill()
  }
}
