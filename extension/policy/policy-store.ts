/**
 * The client policy in force for one service: verified, admitted, stored before it is believed. A bad one changes nothing.
 * Keeps SPEC rules SIG-2, SIG-4, SIG-9, POL-3, POL-5, CON-1 (F1-F4, F6, F14).
 */
import * as v from "valibot"
import { admitPolicy, ClientPolicySchema, type ClientPolicy } from "../../shared/policy/client-policy.ts"
import {
  anyOf,
  EnvelopeSchema,
  openCertificate,
  openEnvelope,
  PAYLOAD_TYPE,
  type Certificate,
  type Publisher,
  type VerifySignature
} from "../../shared/protocol/envelope.ts"
import { TimeMsSchema } from "../../shared/protocol/names.ts"
import { parse, type Parsed } from "../../shared/protocol/parse.ts"

/** As it is stored: what was verified, with the envelopes that it came in. */
const HeldPolicySchema = v.strictObject({
  policy: ClientPolicySchema,
  envelope: EnvelopeSchema,
  certificate: EnvelopeSchema,
  takenAt: TimeMsSchema
})

export interface PolicyStorePorts {
  readonly service: string
  readonly origin: string
  /** Who may certify an online key, by now. */
  readonly publisher: () => Publisher
  /** Takes the change of the publisher's keys that may have been announced since it was last asked. */
  readonly renewPublisher: () => Promise<void>
  readonly verify: VerifySignature
  readonly now: () => number
  readonly load: () => Promise<unknown>
  /** Resolves when it is on the disk. */
  readonly store: (held: unknown) => Promise<void>
}

export class PolicyStore {
  readonly #ports: PolicyStorePorts
  #held: ClientPolicy | null

  private constructor(ports: PolicyStorePorts, held: ClientPolicy | null) {
    this.#ports = ports
    this.#held = held
  }

  /** What is stored was verified when it came, and stays in force after its dates (promise 5); another service's is not taken. */
  static async open(ports: PolicyStorePorts): Promise<PolicyStore> {
    const stored = parse(HeldPolicySchema, await ports.load())
    const policy = stored.ok ? stored.value.policy : null
    const isOurs = policy !== null && policy.service === ports.service && policy.origin === ports.origin
    return new PolicyStore(ports, isOurs ? policy : null)
  }

  /** The policy in force, null before the first one. */
  get held(): ClientPolicy | null {
    return this.#held
  }

  /** Serial of the policy in force, 0 without one. */
  get serial(): number {
    return this.#held?.serial ?? 0
  }

  /** Takes a policy from the wire. An error names what is wrong with it; the one in force stays. Calls must not overlap. */
  async take(input: { readonly policy: unknown; readonly certificate: unknown }): Promise<Parsed<"new" | "repeated">> {
    const { service, origin, verify, now, store } = this.#ports
    const certificate = await this.#certificateIn(input.certificate)
    if (!certificate.ok) return certificate
    const keys = anyOf([certificate.value.key])
    const policy = await openEnvelope(input.policy, PAYLOAD_TYPE.policy, ClientPolicySchema, keys, verify)
    if (!policy.ok) return policy
    const admitted = admitPolicy(policy.value, { service, origin, serial: this.serial, now: now() })
    if (!admitted.ok || admitted.value === "repeated") return admitted
    const { policy: envelope, certificate: certificateEnvelope } = input
    await store({ policy: policy.value, envelope, certificate: certificateEnvelope, takenAt: now() })
    this.#held = policy.value
    return admitted
  }

  /** A policy is sent once: keys that signed its certificate and are not known here are asked for, once, before it is refused. */
  async #certificateIn(input: unknown): Promise<Parsed<Certificate>> {
    const { service, publisher, renewPublisher, verify, now } = this.#ports
    const open = (): Promise<Parsed<Certificate>> => openCertificate(input, service, publisher(), now(), verify)
    const opened = await open()
    if (opened.ok) return opened
    await renewPublisher()
    return open()
  }
}
