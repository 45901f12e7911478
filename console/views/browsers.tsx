/** The browsers of a service. */
import type { ClientView } from "../../shared/protocol/admin-views.ts"
import { edge } from "../platform/edge.ts"
import { usePolled } from "../use-polled.ts"
import { clockText } from "../words.ts"
import { Problem, Table } from "./parts.tsx"

const EVERY_MS = 3000

const stateOf = ({ connected, side }: ClientView): string =>
  connected ? (side === "client" ? "serves" : "stands by") : "away"

export const Browsers = ({ service }: { readonly service: string }) => {
  const { value, error } = usePolled(EVERY_MS, () => edge.clients(), [service])
  const clients = value?.[service] ?? []
  return (
    <section class="card wide">
      <h2>Browsers</h2>
      <Problem error={error} />
      <Table
        caption="Browsers with the extension"
        head={["Browser", "Person", "State", "Release", "Unsent changes", "Network", "Last heard", "Last refusal"]}
        rows={clients.map((client) => ({
          key: client.client,
          cells: [
            client.client.slice(0, 8),
            client.subject,
            stateOf(client),
            client.running ?? "none yet",
            client.unsent,
            client.environment.network,
            clockText(client.seen),
            client.refusal === null ? "" : `${client.refusal.kind}: ${client.refusal.text}`
          ]
        }))}
        empty={value === null ? "…" : "No browser with the extension was ever connected."}
      />
    </section>
  )
}
