/**
 * The controller of one service: keeps its policies, runs its maintenances, tells its clients through the shards. Wires the
 * units controller/ and policy/ over the object's storage.
 */
import * as v from "valibot"
import { ClientTable, clientView } from "./controller/client-table.ts"
import { Facts } from "./controller/controller-tables.ts"
import { MaintenanceRunner } from "./controller/maintenance-runner.ts"
import { stepStream, Timeline } from "./controller/timeline.ts"
import { importSigner } from "./platform/crypto.ts"
import { DurableObject } from "./platform/durable-object.ts"
import {
  allShards,
  type AdminAnswer,
  type AdminCall,
  type ClientEvent,
  type ControllerRpc,
  type Env,
  type ModeState,
  type ServiceState,
  type SignedPolicy
} from "./platform/objects.ts"
import { serviceNamed, type PublishedService } from "./platform/published.ts"
import { logProblem, newUuid, now } from "./platform/runtime.ts"
import { readSettings } from "./platform/settings.ts"
import {
  defaultPolicies,
  serverPolicy,
  signPolicy,
  StandingPoliciesSchema,
  type PolicyInForce,
  type PolicySigner,
  type StandingPolicies
} from "./policy/policy-maker.ts"
import { readMaintenanceRequest } from "../shared/maintenance/request.ts"
import { temporaryPolicies } from "../shared/maintenance/temporary-policies.ts"
import { releaseAfter, risen, type Effect, type Maintenance } from "../shared/maintenance/transition.ts"
import { parseJson } from "../shared/protocol/parse.ts"
import { unreachable } from "../shared/protocol/unreachable.ts"
import type { ReleaseId } from "../shared/protocol/names.ts"

/** An answer to an operator: a status and a JSON value; what is wrong is a sentence that names the field. */
interface Outcome {
  readonly status: number
  readonly value: unknown
}

const problem = (status: number, error: string, more: object = {}): Outcome => ({ status, value: { error, ...more } })

export class ServiceController extends DurableObject<Env> implements ControllerRpc {
  readonly #facts: Facts
  readonly #clients: ClientTable
  readonly #timeline: Timeline
  readonly #runner: MaintenanceRunner
  #signer: Promise<PolicySigner> | null = null

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    const { sql } = ctx.storage
    this.#facts = new Facts(sql)
    this.#clients = new ClientTable(sql)
    this.#timeline = new Timeline(sql)
    this.#runner = new MaintenanceRunner({
      facts: this.#facts,
      clients: this.#clients,
      timeline: this.#timeline,
      now,
      newId: newUuid,
      distribute: (effect, maintenance) => this.#distribute(effect, maintenance),
      setMode: (state) => this.#setMode(state),
      update: (instruction, release, threshold) => this.#update({ instruction, release, threshold }),
      wakeAt: (at) => (at === null ? ctx.storage.deleteAlarm() : ctx.storage.setAlarm(at)),
      inBackground: (work) => ctx.waitUntil(work),
      logProblem
    })
  }

  override alarm(): void {
    this.#runner.wake()
  }

  async mode(): Promise<ModeState> {
    return this.#mode
  }

  async state(origin: string): Promise<ServiceState> {
    if (!this.#origins.includes(origin)) this.#facts.write("origins", [...this.#origins, origin])
    return this.#serviceState()
  }

  async report(events: readonly ClientEvent[]): Promise<void> {
    for (const event of events) this.#clients.take(event)
    for (const event of events)
      if (event.type === "said" && event.message.type === "report")
        this.#timeline.addReport(event.at, `client ${event.client}`, `${event.message.kind}: ${event.message.text}`)
    this.#runner.look()
  }

  async admin(call: AdminCall, who: string): Promise<AdminAnswer> {
    const { status, value } = await this.#carryOut(call, who)
    return { status, body: JSON.stringify(value) }
  }

  /** The live timeline of a maintenance; its path is the id. */
  override async fetch(request: Request): Promise<Response> {
    const id = new URL(request.url).pathname.slice(1)
    const { current } = this.#runner
    const isOver = (): boolean => current?.plan.id !== id || !this.#runner.isActive
    if (this.#timeline.of(id).length === 0) return new Response(`there is no maintenance ${id}\n`, { status: 404 })
    return new Response(stepStream(this.#timeline, id, isOver), {
      headers: { "Content-Type": "text/event-stream", "Cache-Control": "no-store" }
    })
  }

  async #carryOut(call: AdminCall, who: string): Promise<Outcome> {
    switch (call.type) {
      case "start":
        return this.#start(call.input, who)
      case "show":
        return this.#show(call.id)
      case "resume":
        return this.#resume(call.id, who)
      case "abort":
        return this.#ask(call.id, { type: "abort", reason: call.reason }, who)
      case "policies":
        return { status: 200, value: { ...this.#standing, serial: this.#serial, inForce: this.#inForce } }
      case "set-policies":
        return this.#setPolicies(call.input, who)
      case "clients":
        return { status: 200, value: this.#clients.all().map(clientView) }
      case "audit":
        return { status: 200, value: this.#timeline.audit() }
      default:
        return unreachable(call)
    }
  }

  #start(input: string, who: string): Outcome {
    const request = readMaintenanceRequest(input)
    if (!request.ok) return problem(400, request.error)
    const { service, urls, release } = request.value
    const { name, mount, manifest } = this.#service
    if (service !== name) return problem(400, `service: must be ${name}`)
    const outside = urls.findIndex((url) => !url.startsWith(mount))
    if (outside >= 0) return problem(400, `urls.${outside}: must lie under ${mount}`)
    if (!release.startsWith(`${manifest.name}@`)) return problem(400, `release: must be a version of ${manifest.name}`)
    if (this.#runner.isActive) {
      const running = this.#runner.current?.plan.id
      return problem(409, `maintenance ${running} of this service is running`, { running })
    }
    const { plan } = this.#runner.start(request.value, this.#release, this.#serial)
    this.#timeline.addAudit(now(), who, `maintenance ${plan.id} of ${urls.join(" ")} to ${release}`)
    return { ...this.#show(plan.id), status: 201 }
  }

  #show(id: string | null): Outcome {
    const { current } = this.#runner
    if (current === null || (id !== null && current.plan.id !== id))
      return problem(404, id === null ? "no maintenance was ever asked for" : `there is no maintenance ${id}`)
    const { plan, state, aborted, serial, since } = current
    const release = { before: plan.before, after: releaseAfter(current) }
    const head = {
      id: plan.id,
      service: plan.request.service,
      state,
      aborted,
      serial,
      startedAt: plan.startedAt,
      since,
      release
    }
    const clients = this.#clients.all().map(clientView)
    return { status: 200, value: { ...head, request: plan.request, steps: this.#timeline.of(plan.id), clients } }
  }

  async #resume(id: string, who: string): Promise<Outcome> {
    const wanted = this.#runner.current?.plan.request.release
    if (wanted !== undefined && !(await this.#isPublished(wanted)))
      return problem(409, `release ${wanted} is not published by this deployment, which runs ${this.#service.release}`)
    return this.#ask(id, { type: "resume" }, who)
  }

  #ask(id: string, wish: Parameters<MaintenanceRunner["ask"]>[1], who: string): Outcome {
    const asked = this.#runner.ask(id, wish)
    if (!asked.ok) return problem(this.#runner.current?.plan.id === id ? 409 : 404, asked.error)
    this.#timeline.addAudit(now(), who, `${wish.type} of maintenance ${id}`)
    return this.#show(id)
  }

  /** Puts new standing policies in force at once, or after the maintenance that is running. */
  async #setPolicies(input: string, who: string): Promise<Outcome> {
    const standing = parseJson(StandingPoliciesSchema, input)
    if (!standing.ok) return problem(400, standing.error)
    this.#facts.write("standing", standing.value)
    this.#timeline.addAudit(now(), who, `standing policies: ${JSON.stringify(standing.value)}`)
    if (!this.#runner.isActive) {
      this.#putInForce(this.#standingInForce(risen(this.#serial, now()), this.#release))
      await this.#push()
    }
    return { status: 200, value: { serial: this.#serial } }
  }

  async #distribute(effect: Extract<Effect, { type: "distribute" }>, { plan }: Maintenance): Promise<void> {
    const { policy, serial, release } = effect
    if (policy === "standing") {
      this.#facts.write("release", release)
      this.#facts.write("update", null)
      this.#putInForce(this.#standingInForce(serial, release))
    } else {
      const standing = this.#standingInForce(serial, release)
      const pair = { client: standing.rules, server: standing.server }
      const { client, server } = temporaryPolicies(pair, plan.request.urls, policy === "take" ? "client" : "server")
      this.#putInForce({
        ...standing,
        rules: client,
        server: { ...standing.server, ...server },
        temporary: plan.id,
        syncs: plan.request.sync
      })
    }
    await this.#push()
  }

  async #setMode(state: ModeState): Promise<void> {
    this.#facts.write("mode", state)
    this.#facts.write("serial", Math.max(this.#serial, state.serial))
    await Promise.all(allShards(this.env).map((shard) => shard.setMode(this.#service.name, state)))
  }

  async #update(update: NonNullable<ServiceState["update"]>): Promise<void> {
    this.#facts.write("update", update)
    await this.#push()
  }

  /** Hands the state to every shard; from what they answer, the table knows who is really connected. */
  async #push(): Promise<void> {
    const state = await this.#serviceState()
    const connections = await Promise.all(allShards(this.env).map((shard) => shard.setState(state)))
    this.#clients.setConnected(new Set(connections.flat()))
  }

  async #serviceState(): Promise<ServiceState> {
    const signer = await this.#openSigner()
    const inForce = this.#inForce
    const signedAt = now()
    const policies: Record<string, SignedPolicy> = {}
    for (const origin of this.#origins)
      policies[origin] = await signPolicy(this.#service.name, origin, inForce, signer, signedAt)
    const update = this.#facts.read<NonNullable<ServiceState["update"]>>("update")
    return { service: this.#service.name, serial: inForce.serial, policies, signedAt, release: this.#release, update }
  }

  #openSigner(): Promise<PolicySigner> {
    const { LOCUM_ONLINE_KEY } = readSettings(this.env)
    if (LOCUM_ONLINE_KEY === undefined) throw new Error("LOCUM_ONLINE_KEY is not set: policies cannot be signed")
    const { certificate } = this.#service
    this.#signer ??= importSigner(LOCUM_ONLINE_KEY).then(({ key, sign }) => ({ keyid: key.id, sign, certificate }))
    return this.#signer
  }

  #putInForce(inForce: PolicyInForce): void {
    this.#facts.write("inForce", inForce)
    this.#facts.write("serial", Math.max(this.#serial, inForce.serial))
  }

  #standingInForce(serial: number, release: ReleaseId): PolicyInForce {
    const { rules, offlineDays } = this.#standing.client
    const server = serverPolicy(this.#service.name, this.#service.mount, serial, this.#standing)
    return { serial, rules, offlineDays, release, temporary: null, server, syncs: true }
  }

  async #isPublished(release: ReleaseId): Promise<boolean> {
    const path = release.replace("@", "/")
    const response = await this.env.ASSETS.fetch(`https://assets/_locum/releases/${path}`)
    await response.body?.cancel()
    return response.ok
  }

  get #service(): PublishedService {
    const service = serviceNamed(this.ctx.id.name ?? "")
    if (service === undefined) throw new Error(`no service ${this.ctx.id.name} in this deployment`)
    return service
  }

  get #standing(): StandingPolicies {
    const stored = this.#facts.read<unknown>("standing")
    return stored === null ? defaultPolicies(this.#service.mount) : v.parse(StandingPoliciesSchema, stored)
  }

  /** The policy in force; at the very first, the standing one. */
  get #inForce(): PolicyInForce {
    const stored = this.#facts.read<PolicyInForce>("inForce")
    if (stored !== null) return stored
    this.#putInForce(this.#standingInForce(risen(0, now()), this.#release))
    return this.#inForce
  }

  /** The release that clients run outside of a maintenance: the first one deployed, until a maintenance says otherwise. */
  get #release(): ReleaseId {
    const stored = this.#facts.read<ReleaseId>("release")
    if (stored !== null) return stored
    this.#facts.write("release", this.#service.release)
    return this.#service.release
  }

  /** The last serial that was used for anything. */
  get #serial(): number {
    return this.#facts.read<number>("serial") ?? 0
  }

  get #mode(): ModeState {
    return this.#facts.read<ModeState>("mode") ?? { mode: "open", serial: 0 }
  }

  get #origins(): readonly string[] {
    return this.#facts.read<string[]>("origins") ?? []
  }
}
