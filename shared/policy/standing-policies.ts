/**
 * The standing policies of a service, as an operator writes them: what edge, command and console check alike. Keeps SPEC rules
 * CTL-3 (a bad policy is refused whole), POL-16, OPR-7 and CSL-6 (every fault by its path, with what would be right).
 */
import * as v from "valibot"
import { CapacitySchema } from "../environment/server-load.ts"
import { SideSchema } from "../protocol/names.ts"
import { faultsOf, parseJson, type Fault } from "../protocol/parse.ts"
import { covers } from "./pattern.ts"
import { RulesSchema, ServerRulesSchema } from "./rules.ts"

export const StandingPoliciesSchema = v.strictObject({
  client: v.strictObject({
    rules: RulesSchema,
    offlineDays: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(366)), 7)
  }),
  server: v.exactOptional(
    v.strictObject({
      priority: SideSchema,
      rules: ServerRulesSchema,
      /** What the load is measured against; without it only a load that is reported from outside counts. */
      capacity: v.exactOptional(CapacitySchema)
    })
  )
})
export type StandingPolicies = v.InferOutput<typeof StandingPoliciesSchema>

/** What is wrong with policies for a service under `mount`: the rules that no request of it can reach. */
const unreachableRules = ({ client, server }: StandingPolicies, mount: string): readonly Fault[] => {
  const outside = (path: string, rules: readonly { readonly match: string }[]): readonly Fault[] =>
    rules.flatMap(({ match }, index) =>
      covers(`${mount}*`, match)
        ? []
        : [{ path: `${path}.${index}.match`, text: `${match} is never reached: it must lie under ${mount}` }]
    )
  return [...outside("client.rules", client.rules), ...outside("server.rules", server?.rules ?? [])]
}

/** Standing policies that hold, or everything that is wrong with the text. */
export type CheckedPolicies =
  | { readonly ok: true; readonly value: StandingPolicies }
  | { readonly ok: false; readonly faults: readonly [Fault, ...Fault[]] }

/** Checks the JSON text of standing policies for a service under `mount`. */
export const checkPolicies = (text: string, mount: string): CheckedPolicies => {
  const json = parseJson(v.unknown(), text)
  if (!json.ok) return { ok: false, faults: [{ path: "", text: json.error }] }
  const result = v.safeParse(StandingPoliciesSchema, json.value)
  if (!result.success) return { ok: false, faults: faultsOf(result.issues) }
  const [fault, ...more] = unreachableRules(result.output, mount)
  return fault === undefined ? { ok: true, value: result.output } : { ok: false, faults: [fault, ...more] }
}
