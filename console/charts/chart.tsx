/** One chart over time (uPlot), with what it shows in words beside it. */
import { useEffect, useRef } from "preact/hooks"
import UPlot from "uplot"
import { isDark } from "../platform/edge.ts"

export interface Line {
  readonly label: string
  readonly values: readonly number[]
  readonly colour: readonly [light: string, dark: string]
}

export interface ChartProps {
  readonly title: string
  /** What the newest values are, for who does not see the picture. */
  readonly words: string
  /** What the picture spans, s. */
  readonly span: readonly [from: number, to: number]
  /** Times, s. */
  readonly at: readonly number[]
  readonly lines: readonly Line[]
  /** Values hold until the next one. */
  readonly stepped: boolean
}

const HEIGHT = 180

const hourText = (seconds: number): string =>
  new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })

const optionsOf = ({ lines, stepped }: ChartProps, spanNow: () => ChartProps["span"], width: number): UPlot.Options => {
  const dark = isDark()
  const [ink, grid] = dark ? ["#c9d1d9", "#30363d"] : ["#24292f", "#d8dee4"]
  const axis: UPlot.Axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } }
  const builder = stepped ? UPlot.paths.stepped?.({ align: 1 }) : undefined
  const paths = builder === undefined ? {} : { paths: builder }
  return {
    width,
    height: HEIGHT,
    legend: { live: false },
    scales: {
      x: { range: () => [...spanNow()] },
      y: { range: (_, __, most) => [0, Math.max(1, most)] }
    },
    axes: [
      { ...axis, values: (_, splits) => splits.map(hourText) },
      { ...axis, size: 40, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10_000, 100_000] }
    ],
    series: [
      {},
      ...lines.map(({ label, colour }) => {
        const stroke = colour[dark ? 1 : 0]
        return { label, stroke, width: 2, fill: `${stroke}22`, points: { show: false }, ...paths }
      })
    ]
  }
}

export const Chart = (props: ChartProps) => {
  const { title, words, at, lines } = props
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<UPlot | null>(null)
  const span = useRef(props.span)
  span.current = props.span
  const data = [[...at], ...lines.map(({ values }) => [...values])] as UPlot.AlignedData // its type wants a tuple
  useEffect(() => {
    const holder = place.current
    if (holder === null) return undefined
    const made = new UPlot(
      optionsOf(props, () => span.current, holder.clientWidth),
      data,
      holder
    )
    plot.current = made
    const resized = new ResizeObserver(() => made.setSize({ width: holder.clientWidth, height: HEIGHT }))
    resized.observe(holder)
    return () => {
      resized.disconnect()
      made.destroy()
    }
  }, [])
  useEffect(() => plot.current?.setData(data), [at, lines])
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <div class="chart" role="img" aria-label={`${title}: ${words}`} ref={place} />
      <p class="words">{words}</p>
    </figure>
  )
}
