/** What a maintenance should do, a preview of it, and its start: what is started is what was previewed. Keeps SPEC rule CSL-5. */
import { useState } from "preact/hooks"
import { stepText } from "../../shared/maintenance/step-words.ts"
import type { RequestInput } from "../../shared/protocol/admin-api.ts"
import type { Preview, ServiceView } from "../../shared/protocol/admin-views.ts"
import { CallError, edge } from "../platform/edge.ts"
import { CoverageCard } from "./coverage-card.tsx"
import { Action } from "./parts.tsx"

/** The form as it is typed. */
interface Wish {
  readonly release: string
  readonly urls: string
  readonly order: string
  readonly waves: string
  readonly deadline: string
  readonly onDeadline: "abort" | "proceed"
  readonly sync: boolean
}

const ORDERS = [
  ["server,client", "server, then browsers"],
  ["client,server", "browsers, then server"],
  ["server", "server only"],
  ["client", "browsers only"]
] as const

const words = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== "")

const requestOf = (service: string, wish: Wish): RequestInput => ({
  service,
  release: wish.release,
  urls: words(wish.urls),
  order: words(wish.order) as ("server" | "client")[], // of the list above
  waves: words(wish.waves).map((percent) => Number(percent) / 100),
  deadline: wish.deadline,
  onDeadline: wish.onDeadline,
  sync: wish.sync
})

const PolicyText = ({ title, value }: { readonly title: string; readonly value: unknown }) =>
  value === null ? null : (
    <details>
      <summary>{title}</summary>
      <pre tabIndex={0}>{JSON.stringify(value, null, 2)}</pre>
    </details>
  )

const PreviewCard = ({ preview }: { readonly preview: Preview }) => (
  <>
    <section class="card">
      <h2>What would happen</h2>
      <ol class="steps">
        {preview.states.map((state) => (
          <li key={state}>
            <strong>{state}</strong> {stepText(state, preview.request)}
          </li>
        ))}
      </ol>
      <PolicyText title="Temporary policies while browsers serve" value={preview.policies.take} />
      <PolicyText title="Temporary policies while browsers update" value={preview.policies.return} />
    </section>
    <CoverageCard coverage={preview.coverage} />
  </>
)

export interface StartFormProps {
  readonly service: ServiceView
  readonly onStarted: (id: string) => void
}

export const StartForm = ({ service, onStarted }: StartFormProps) => {
  const [wish, setWish] = useState<Wish>({
    release: service.published[0]?.release ?? service.clients,
    urls: `${service.mount}*`,
    order: ORDERS[0][0],
    waves: "5 25 100",
    deadline: "10m",
    onDeadline: "abort",
    sync: true
  })
  const [seen, setSeen] = useState<{ readonly preview: Preview; readonly request: RequestInput } | null>(null)
  const [problem, setProblem] = useState("")
  /** What was previewed is old when something changes. */
  const change = (changed: Partial<Wish>): void => {
    setWish({ ...wish, ...changed })
    setSeen(null)
  }
  const typed = (name: "release" | "urls" | "order" | "waves" | "deadline") => ({
    name,
    value: wish[name],
    onInput: ({ currentTarget }: { readonly currentTarget: { readonly value: string } }) =>
      change({ [name]: currentTarget.value })
  })
  const look = async (): Promise<void> => {
    const request = requestOf(service.service, wish)
    try {
      setSeen({ preview: await edge.preview(request), request })
      setProblem("")
    } catch (failure) {
      if (!(failure instanceof CallError)) throw failure
      setProblem(failure.message)
    }
  }
  const submit = (event: Event): void => {
    event.preventDefault()
    void look()
  }
  return (
    <>
      <form class="card" onSubmit={submit}>
        <h2>Plan a maintenance</h2>
        <label>
          Release that browsers run afterwards
          <input {...typed("release")} list="releases" required />
        </label>
        <datalist id="releases">
          {service.published.map(({ release }) => (
            <option key={release} value={release} />
          ))}
        </datalist>
        <label>
          URLs, such as /calendar/*
          <textarea {...typed("urls")} rows={2} required />
        </label>
        <label>
          What is maintained
          <select {...typed("order")}>
            {ORDERS.map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </label>
        <label>
          Waves, per cent of the browsers
          <input {...typed("waves")} required />
        </label>
        <label>
          Deadline for the browsers' answers
          <input {...typed("deadline")} required />
        </label>
        <label>
          When it has passed
          <select
            name="onDeadline"
            value={wish.onDeadline}
            onInput={({ currentTarget }) =>
              change({ onDeadline: currentTarget.value === "abort" ? "abort" : "proceed" })
            }
          >
            <option value="abort">abort</option>
            <option value="proceed">go on without the missing</option>
          </select>
        </label>
        <label class="check">
          <input
            type="checkbox"
            name="sync"
            checked={wish.sync}
            onInput={({ currentTarget }) => change({ sync: currentTarget.checked })}
          />
          Sync data at each switch
        </label>
        {problem !== "" && <p role="alert">{problem}</p>}
        <button class={seen === null ? "primary" : ""}>Preview</button>
      </form>
      {seen !== null && (
        <>
          <PreviewCard preview={seen.preview} />
          <p class="actions wide">
            <Action
              label="Start"
              kind="primary"
              sure={`Start it? ${seen.preview.coverage.uncovered.length} of ${seen.preview.coverage.active} people are not covered.`}
              work={async () => {
                const { id } = await edge.start(seen.request)
                onStarted(id)
                return ""
              }}
            />
          </p>
        </>
      )}
    </>
  )
}
