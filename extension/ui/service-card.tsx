/** @jsxRuntime automatic @jsxImportSource preact */
/** One service, as a person is told about it: who answers, what is not on the server yet, and what that means. */
import { AsideList, type OnAside } from "./aside-list.tsx"
import type { ServiceStatus } from "../platform/service-status.ts"

const headline = ({ side }: ServiceStatus): string =>
  side === "client" ? "This browser answers" : "The server answers"

/** What a person may want to do, or that there is nothing to do. */
const advice = ({ side, person, network, unsent }: ServiceStatus): string => {
  if (person === null && side === "client")
    return "Nobody is signed in at the service. What you changed is safe here; sign in there, and it goes to the server."
  if (person === null) return "Sign in at the service once, and this browser can stand in for it."
  if (unsent > 0 && network === "offline") return "Your changes are safe here and go to the server when it is back."
  if (unsent > 0) return "Your changes are on their way to the server."
  return side === "client" ? "Go on working; nothing is missing." : "This browser is ready to stand in."
}

const unsentText = (unsent: number): string =>
  unsent === 0
    ? "All changes are on the server"
    : `${unsent} ${unsent === 1 ? "change is" : "changes are"} not on the server yet`

/** What is to be known of the storage; null while there is enough. */
const storageText = ({ side, storageLow }: ServiceStatus): string | null => {
  if (storageLow === null) return null
  const room = `This browser has room for ${Math.floor(storageLow / 1_000_000)} MB only.`
  return side === "client"
    ? `${room} Please make room, so that what you change can be stored here.`
    : `${room} With too little it does not stand in for the server.`
}

interface CardProps {
  readonly status: ServiceStatus
  readonly onAside: OnAside
}

export const ServiceCard = ({ status, onAside }: CardProps) => (
  <section class="card" data-side={status.side}>
    <h2>
      {status.service} <small>{status.origin + status.mount}</small>
    </h2>
    <p class="headline">{headline(status)}</p>
    <p>{advice(status)}</p>
    {storageText(status) !== null && <p role="alert">{storageText(status)}</p>}
    <dl>
      <dt>Changes</dt>
      <dd>{unsentText(status.unsent)}</dd>
      <dt>Signed in</dt>
      <dd>{status.person ?? "nobody"}</dd>
      <dt>Release</dt>
      <dd>{status.running ?? "none yet"}</dd>
      <dt>Why</dt>
      <dd>{status.why}</dd>
    </dl>
    <AsideList lots={status.aside} onAside={onAside} />
  </section>
)
