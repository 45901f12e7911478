/** @jsxRuntime automatic @jsxImportSource preact */
/** What a person may do with a service by hand: sync now, and choose who answers. Keeps SPEC rules CON-20, CON-21. */
import type { ServiceAct } from "../platform/service-act.ts"
import type { ServiceStatus } from "../platform/service-status.ts"
import { useTold, type Told } from "./use-told.ts"

/** Has something done to the service. */
export type OnAct = (act: ServiceAct) => Promise<Told>

const OTHER = {
  client: { act: "server", label: "Let the server answer" },
  server: { act: "client", label: "Let this browser answer" }
} as const

interface Props {
  readonly status: ServiceStatus
  readonly onAct: OnAct
}

export const HandControls = ({ status, onAct }: Props) => {
  const { told, isBusy, run } = useTold()
  const { service, side, wish, moveObstacle } = status
  const { act, label } = OTHER[side]
  const whyNot = `why-not-${service}`
  return (
    <div class="controls">
      <button type="button" disabled={isBusy || status.person === null} onClick={() => run(() => onAct("sync"))}>
        Sync now
      </button>{" "}
      {wish === null ? (
        <button
          type="button"
          disabled={isBusy || moveObstacle !== null}
          aria-describedby={moveObstacle === null ? undefined : whyNot}
          onClick={() => run(() => onAct(act))}
        >
          {label}
        </button>
      ) : (
        <button type="button" disabled={isBusy} onClick={() => run(() => onAct("policy"))}>
          As the service says
        </button>
      )}
      {wish === null && moveObstacle !== null && (
        <p class="quiet" id={whyNot}>
          {label}: not now. {moveObstacle}
        </p>
      )}
      <p role="status">{told}</p>
    </div>
  )
}
