/** What runs where, who would be covered, and what was asked lately. Keeps SPEC rules CSL-4, CSL-8. */
import type { ServiceView } from "../../shared/protocol/admin-views.ts"
import { UsageCharts } from "../charts/usage-charts.tsx"
import { edge } from "../platform/edge.ts"
import { usePolled } from "../use-polled.ts"
import { percentText } from "../words.ts"
import { CoverageCard } from "./coverage-card.tsx"
import { Problem } from "./parts.tsx"

const CHART_MINUTES = 60
const EVERY_MS = 3000

const maintenanceText = ({ maintenance }: ServiceView): string =>
  maintenance === null ? "none" : `${maintenance.state}: see Maintenance`

export const Overview = ({ service }: { readonly service: ServiceView }) => {
  const { service: name } = service
  const { value, error } = usePolled(EVERY_MS, async () => {
    const [coverage, environment, series] = await Promise.all([
      edge.coverage(),
      edge.environment(),
      edge.series(CHART_MINUTES)
    ])
    return { coverage: coverage[name], environment: environment[name], series: series[name] }
  }, [name])
  const traffic = value?.environment?.traffic ?? null
  return (
    <>
      <section class="card">
        <h2>What runs where</h2>
        <dl>
          <dt>Server</dt>
          <dd>
            {service.worker === service.controller
              ? service.worker
              : `${service.worker}, its controller still ${service.controller}`}
          </dd>
          <dt>Browsers run</dt>
          <dd>{service.clients}</dd>
          <dt>Server side</dt>
          <dd class={service.mode.mode}>{service.mode.mode}</dd>
          <dt>Maintenance</dt>
          <dd>{maintenanceText(service)}</dd>
          <dt>Load</dt>
          <dd>
            {percentText(value?.environment?.load ?? null)}
            {traffic === null ? "" : `, ${traffic.requestsPerSecond.toFixed(1)} requests a second`}
          </dd>
        </dl>
      </section>
      <Problem error={error} />
      {value?.coverage !== undefined && <CoverageCard coverage={value.coverage} />}
      {value?.series !== undefined && (
        <section class="card wide">
          <h2>The last hour</h2>
          <UsageCharts series={value.series} />
        </section>
      )}
    </>
  )
}
