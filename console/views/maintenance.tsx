/** A maintenance: its start with a preview, or how the running one goes. Keeps SPEC rules CSL-4, CSL-5. */
import type { ServiceView } from "../../shared/protocol/admin-views.ts"
import { edge } from "../platform/edge.ts"
import { usePolled } from "../use-polled.ts"
import { LiveMaintenance } from "./live-maintenance.tsx"
import { Problem } from "./parts.tsx"
import { StartForm } from "./start-form.tsx"

const EVERY_MS = 700

const Running = ({ id, onDone }: { readonly id: string; readonly onDone: () => void }) => {
  const { value, error, ask } = usePolled(EVERY_MS, () => edge.maintenance(id), [id])
  return (
    <>
      <Problem error={error} />
      {value !== null && <LiveMaintenance view={value} onChange={ask} />}
      {value?.state === "finished" && (
        <button type="button" class="primary" onClick={onDone}>
          Plan another one
        </button>
      )}
    </>
  )
}

export interface MaintenanceProps {
  readonly service: ServiceView
  /** The maintenance to show: the running one, or the one that was seen running last. */
  readonly id: string | null
  readonly onStarted: (id: string) => void
  readonly onDone: () => void
}

export const MaintenanceTab = ({ service, id, onStarted, onDone }: MaintenanceProps) => {
  if (id === null) return <StartForm service={service} onStarted={onStarted} />
  return <Running key={id} id={id} onDone={onDone} />
}
