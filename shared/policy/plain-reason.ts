/** Why a side serves, in one sentence for somebody who knows nothing of policies. The engineer's sentence is `explain` of decide.ts. */
import { unreachable } from "../protocol/unreachable.ts"
import type { ClientPolicy } from "./client-policy.ts"
import type { Condition } from "./condition.ts"
import type { Decision } from "./decide.ts"

export const plainReason = (policy: ClientPolicy | null, { serve, because }: Decision): string => {
  switch (because.kind) {
    case "no-policy":
      return "The service has not told this browser yet how to stand in for its server."
    case "no-rule":
      return "The service has said nothing about this part, so its server answers."
    case "rule":
      return ruleReason(policy, serve === "client")
    case "exception":
      return conditionReason(policy?.rules[because.rule]?.unless?.[because.exception]?.if)
    case "wish":
      return "You chose it here."
    case "server-policy":
      return serve === "client"
        ? "The service asks this browser to help: its server is busy."
        : "The service wants its own server to answer."
    case "closed":
      return "The server is closed for a while, for maintenance."
    case "cannot-serve":
      return `This browser cannot stand in yet: ${because.why}.`
    default:
      return unreachable(because)
  }
}

const ruleReason = (policy: ClientPolicy | null, isHere: boolean): string => {
  const isMaintained = policy !== null && policy.temporary !== null
  if (isMaintained)
    return isHere ? "The server is being maintained." : "Maintenance is under way, and it is the server's turn."
  return isHere ? "The service is set up to be answered by this browser." : "That is how it normally is."
}

const conditionReason = (condition: Condition | undefined): string => {
  const network = typeof condition?.network === "object" ? condition.network.is : condition?.network
  if (network === "offline") return "The server cannot be reached from here."
  if (network === "poor") return "The network is slow."
  if (network === "online") return "The network is good."
  if (condition?.battery !== undefined) return "It depends on the battery of this computer."
  if (condition?.storage !== undefined) return "It depends on the room that this browser has left."
  if (condition?.load !== undefined) return "It depends on how busy the server is."
  return "The service has an exception for this moment."
}
