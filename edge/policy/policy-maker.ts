/**
 * The policies of a service: the standing ones that an operator edits, the one in force, and its signed form for each origin.
 * Keeps SPEC rule CTL-4 (clients get policies only signed, with the serial in force).
 */
import type { ClientPolicy, ServerVerdict } from "../../shared/policy/client-policy.ts"
import type { ServerPolicy } from "../../shared/policy/server-policy.ts"
import type { Rule } from "../../shared/policy/rules.ts"
import type { StandingPolicies } from "../../shared/policy/standing-policies.ts"
import { PAYLOAD_TYPE, sealEnvelope, type Envelope, type SignBytes } from "../../shared/protocol/envelope.ts"
import type { ReleaseId } from "../../shared/protocol/names.ts"
import type { SignedPolicy } from "../platform/objects.ts"

/** How long a signed policy may be newly installed. It is signed afresh long before that. */
const POLICY_VALID_MS = 30 * 24 * 60 * 60 * 1000

/** What holds before an operator said anything: the server serves, the client stands in when it cannot be reached. */
export const defaultPolicies = (mount: string): StandingPolicies => ({
  client: {
    rules: [{ match: `${mount}*`, serve: "server", unless: [{ if: { network: "offline" }, serve: "client" }] }],
    offlineDays: 7
  }
})

/** The client policy in force, apart from what differs by origin and signing. */
export interface PolicyInForce {
  readonly serial: number
  readonly rules: readonly Rule[]
  readonly offlineDays: number
  readonly release: ReleaseId
  /** Id of the maintenance that it belongs to, null for the standing one. */
  readonly temporary: string | null
  /** Its counterpart: what the edge does with the service's requests (figs 6, 12, 14). */
  readonly server: ServerPolicy
  /** Whether clients sync at a switch to it. */
  readonly syncs: boolean
  /** What the server policy says now; null while the operator wrote none, and during a maintenance. */
  readonly verdict: ServerVerdict | null
}

/** The server policy of a service under `serial`; without a word of the operator the server serves, and has priority. */
export const serverPolicy = (
  service: string,
  mount: string,
  serial: number,
  standing: StandingPolicies
): ServerPolicy => {
  const { priority, rules } = standing.server ?? {
    priority: "server",
    rules: [{ match: `${mount}*`, serve: "server" }]
  }
  return { format: 1, side: "server", service, serial, priority, rules }
}

/** Signs with the online key; `certificate` is the publisher's word for that key. */
export interface PolicySigner {
  readonly keyid: string
  readonly sign: SignBytes
  readonly certificate: Envelope
}

/** The policy in force as the clients of one origin get it. */
export const signPolicy = async (
  service: string,
  origin: string,
  inForce: PolicyInForce,
  signer: PolicySigner,
  now: number
): Promise<SignedPolicy> => {
  const { serial, rules, offlineDays, release, temporary, syncs, verdict } = inForce
  const head = {
    format: 1,
    side: "client",
    service,
    origin,
    serial,
    issued: now,
    expires: now + POLICY_VALID_MS
  } as const
  const policy: ClientPolicy = {
    ...head,
    release,
    temporary,
    offlineDays,
    rules: [...rules],
    ...(verdict === null ? {} : { server: verdict }),
    ...(syncs ? {} : { syncs })
  }
  return {
    policy: await sealEnvelope(PAYLOAD_TYPE.policy, policy, signer.keyid, signer.sign),
    certificate: signer.certificate
  }
}
