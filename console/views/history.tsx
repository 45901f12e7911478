/** Past maintenances with their reports, and who did what. Keeps SPEC rule CSL-9. */
import { useState } from "preact/hooks"
import { edge } from "../platform/edge.ts"
import { usePolled } from "../use-polled.ts"
import { clockText, spanText } from "../words.ts"
import { LiveMaintenance } from "./live-maintenance.tsx"
import { Problem, Table } from "./parts.tsx"

const EVERY_MS = 5000
/** So many entries of the audit log are shown, newest first. */
const AUDIT_SHOWN = 200

const Report = ({ id }: { readonly id: string }) => {
  const { value, error, ask } = usePolled(EVERY_MS, () => edge.maintenance(id), [id])
  return (
    <>
      <Problem error={error} />
      {value !== null && <LiveMaintenance view={value} onChange={ask} />}
    </>
  )
}

export const History = ({ service }: { readonly service: string }) => {
  const [shown, show] = useState<string | null>(null)
  const { value, error } = usePolled(EVERY_MS, async () => {
    const [history, audit] = await Promise.all([edge.history(), edge.audit()])
    return { history: history[service] ?? [], audit: (audit[service] ?? []).toReversed().slice(0, AUDIT_SHOWN) }
  }, [service])
  return (
    <>
      <section class="card wide">
        <h2>Maintenances</h2>
        <Problem error={error} />
        <Table
          caption="Maintenances, newest first"
          head={["Begun", "URLs", "Release", "Outcome", "Took", "Report"]}
          rows={(value?.history ?? []).map(({ id, startedAt, since, urls, release, state, aborted }) => ({
            key: id,
            cells: [
              clockText(startedAt),
              urls.join(" "),
              `${release.before} → ${release.after}`,
              state === "finished" ? (aborted === null ? "finished" : `aborted: ${aborted}`) : `running: ${state}`,
              state === "finished" ? spanText(since - startedAt) : "",
              <button type="button" aria-label={`Show the report of ${clockText(startedAt)}`} onClick={() => show(id)}>
                Show
              </button>
            ]
          }))}
          empty={value === null ? "…" : "No maintenance was ever asked for."}
        />
      </section>
      {shown !== null && <Report key={shown} id={shown} />}
      <section class="card wide">
        <h2>Audit log</h2>
        <Table
          caption="Who did what, newest first"
          head={["When", "Who", "What"]}
          rows={(value?.audit ?? []).map(({ at, who, what }, index) => ({
            key: `${at} ${index}`,
            cells: [clockText(at), who, what]
          }))}
          empty={value === null ? "…" : "Nothing was done yet."}
        />
      </section>
    </>
  )
}
