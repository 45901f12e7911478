/** Whether a policy leaves a rule's side to the person: it names both sides for it, and no maintenance is under way. Keeps SPEC rule POL-17. */
import type { Side } from "../protocol/names.ts"
import type { ClientPolicy } from "./client-policy.ts"
import type { Rule } from "./rules.ts"

/** Whether somebody at this browser may wish that `side` serves what `rule` matches. */
export const allowsWish = ({ temporary }: Pick<ClientPolicy, "temporary">, rule: Rule, side: Side): boolean =>
  temporary === null && (rule.serve === side || (rule.unless ?? []).some(({ serve }) => serve === side))
