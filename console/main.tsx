/** The operator's console: one page of the edge, over the admin API. Keeps SPEC rules CSL-1 to CSL-9. */
import { render } from "preact"
import { useEffect, useState } from "preact/hooks"
import type { ServiceView } from "../shared/protocol/admin-views.ts"
import { edge, onPlace, placeNow } from "./platform/edge.ts"
import { Policies } from "./policy/policies.tsx"
import { usePolled } from "./use-polled.ts"
import { Browsers } from "./views/browsers.tsx"
import { History } from "./views/history.tsx"
import { MaintenanceTab } from "./views/maintenance.tsx"
import { Overview } from "./views/overview.tsx"
import { Problem } from "./views/parts.tsx"

const PLACES = ["overview", "maintenance", "browsers", "policies", "history"] as const
type PlaceName = (typeof PLACES)[number]
const TITLES: Readonly<Record<PlaceName, string>> = {
  overview: "Overview",
  maintenance: "Maintenance",
  browsers: "Browsers",
  policies: "Policies",
  history: "History"
}
const EVERY_MS = 1000

const usePlace = (): PlaceName => {
  const named = (): PlaceName => PLACES.find((name) => name === placeNow()) ?? "overview"
  const [place, setPlace] = useState(named)
  useEffect(() => onPlace(() => setPlace(named())), [])
  return place
}

const View = ({ place, service }: { readonly place: PlaceName; readonly service: ServiceView }) => {
  const [seen, setSeen] = useState<string | null>(null)
  const running = service.maintenance?.id ?? null
  useEffect(() => {
    if (running !== null) setSeen(running)
  }, [running])
  switch (place) {
    case "maintenance":
      return <MaintenanceTab service={service} id={running ?? seen} onStarted={setSeen} onDone={() => setSeen(null)} />
    case "browsers":
      return <Browsers service={service.service} />
    case "policies":
      return <Policies service={service} />
    case "history":
      return <History service={service.service} />
    default:
      return <Overview service={service} />
  }
}

const Console = () => {
  const place = usePlace()
  const { value: services, error } = usePolled(EVERY_MS, () => edge.services())
  const [name, setName] = useState<string | null>(null)
  const service = services?.find((one) => one.service === name) ?? services?.[0]
  return (
    <>
      <header>
        <h1>Locum</h1>
        {services !== null && services.length > 1 && (
          <select
            aria-label="Service"
            value={service?.service}
            onInput={({ currentTarget }) => setName(currentTarget.value)}
          >
            {services.map((one) => (
              <option key={one.service}>{one.service}</option>
            ))}
          </select>
        )}
        {service !== undefined && (
          <span class="mode" data-mode={service.mode.mode}>
            {service.service} is {service.mode.mode}
            {service.maintenance === null ? "" : `, maintenance: ${service.maintenance.state}`}
          </span>
        )}
        <form method="post" action="/_locum/console/sign-out">
          <button>Sign out</button>
        </form>
      </header>
      <nav aria-label="Console">
        {PLACES.map((one) => (
          <a key={one} href={`#/${one}`} aria-current={one === place ? "page" : undefined}>
            {TITLES[one]}
          </a>
        ))}
      </nav>
      <main>
        <Problem error={error} />
        {service === undefined ? <p>…</p> : <View key={service.service} place={place} service={service} />}
      </main>
    </>
  )
}

const root = document.getElementById("console")
if (root !== null) render(<Console />, root)
