/** Whether a policy may ever lead to this client: then release and replicas are kept ready. Keeps SPEC rule CON-13. */
import type { ClientPolicy } from "../../shared/policy/client-policy.ts"

/** Whether the policy lets this client serve anything, now or under some condition. */
export const mayEverServe = ({ rules, server }: ClientPolicy): boolean =>
  (server?.rules ?? []).some(({ serve, otherwise }) => serve === "client" || otherwise === "client") ||
  rules.some(
    ({ serve, unless }) => serve === "client" || (unless ?? []).some((exception) => exception.serve === "client")
  )
