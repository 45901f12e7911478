/** Requests by the side that answered them, and browsers by what they do, over time. Keeps SPEC rule CSL-8. */
import type { SeriesView } from "../../shared/protocol/admin-views.ts"
import { Chart } from "./chart.tsx"

const SERVER = ["#0b57d0", "#79b8ff"] as const
const CLIENT = ["#1a7f37", "#56d364"] as const
const WAITING = ["#9a6700", "#e3b341"] as const
const AWAY = ["#6e7781", "#8b949e"] as const

/** The steps of the whole time, those without a request too. */
const stepsOf = ({ everyMs, from, to }: SeriesView): readonly number[] => {
  const first = from - (from % everyMs)
  return Array.from({ length: Math.floor((to - first) / everyMs) }, (_, index) => first + index * everyMs)
}

const spanOf = ({ from, to }: SeriesView): readonly [from: number, to: number] => [from / 1000, to / 1000]

const Requests = ({ series }: { readonly series: SeriesView }) => {
  const counts = new Map(series.requests.map((count) => [count.at, count]))
  const steps = stepsOf(series)
  const perSecond = (side: "server" | "client"): readonly number[] =>
    steps.map((at) => (counts.get(at)?.[side] ?? 0) / (series.everyMs / 1000))
  const total = (side: "server" | "client"): number => series.requests.reduce((sum, count) => sum + count[side], 0)
  return (
    <Chart
      title="Requests a second, by who answered"
      words={`${total("server")} requests were answered by the server, ${total("client")} by browsers`}
      span={spanOf(series)}
      at={steps.map((at) => at / 1000)}
      lines={[
        { label: "server", values: perSecond("server"), colour: SERVER },
        { label: "browsers", values: perSecond("client"), colour: CLIENT }
      ]}
      stepped={false}
    />
  )
}

const States = ({ series }: { readonly series: SeriesView }) => {
  const { states } = series
  const newest = states.at(-1)
  const of = (name: "serving" | "ready" | "without" | "away"): readonly number[] => states.map((state) => state[name])
  return (
    <Chart
      title="Browsers, by what they do"
      words={`now ${newest?.serving ?? 0} serve, ${newest?.ready ?? 0} stand by, ${newest?.without ?? 0} hold no release yet, ${newest?.away ?? 0} are away`}
      span={spanOf(series)}
      at={states.map(({ at }) => at / 1000)}
      lines={[
        { label: "serve", values: of("serving"), colour: CLIENT },
        { label: "stand by", values: of("ready"), colour: SERVER },
        { label: "no release yet", values: of("without"), colour: WAITING },
        { label: "away", values: of("away"), colour: AWAY }
      ]}
      stepped
    />
  )
}

export const UsageCharts = ({ series }: { readonly series: SeriesView }) => (
  <div class="charts">
    <Requests series={series} />
    <States series={series} />
  </div>
)
