/** The standing policies: edited and checked as one types, put in force, and taken back to a version. Keeps SPEC rules CSL-6, CSL-7. */
import { useEffect, useRef, useState } from "preact/hooks"
import { checkPolicies, type CheckedPolicies } from "../../shared/policy/standing-policies.ts"
import type { PoliciesView, ServiceView } from "../../shared/protocol/admin-views.ts"
import { edge } from "../platform/edge.ts"
import { usePolled } from "../use-polled.ts"
import { Action, Problem } from "../views/parts.tsx"
import type { PolicyEditor } from "./editor.ts"
import { Versions } from "./versions.tsx"
import { WhoServesForm } from "./who-serves-form.tsx"

const EVERY_MS = 5000

const textOf = ({ client, server }: Pick<PoliciesView, "client" | "server">): string =>
  JSON.stringify(server === undefined ? { client } : { client, server }, null, 2)

interface EditorProps {
  readonly service: ServiceView
  readonly view: PoliciesView
  readonly onSaved: () => Promise<void>
}

const Faults = ({ check, goTo }: { readonly check: CheckedPolicies | null; readonly goTo: (path: string) => void }) => {
  if (check === null) return null
  if (check.ok) return <p role="status">The policies are right.</p>
  return (
    <div role="status">
      <ul class="faults" aria-label="Faults">
        {check.faults.map(({ path, text }) => (
          <li key={path + text}>
            {path !== "" && (
              <button type="button" class="link" onClick={() => goTo(path)}>
                {path}
              </button>
            )}{" "}
            {text}
          </li>
        ))}
      </ul>
    </div>
  )
}

const Editor = ({ service, view, onSaved }: EditorProps) => {
  const place = useRef<HTMLDivElement>(null)
  const editor = useRef<PolicyEditor | null>(null)
  const [text, setText] = useState(textOf(view))
  const [shown, setShown] = useState<string | null>(null)
  const check = checkPolicies(text, service.mount)
  useEffect(() => {
    let isGone = false
    void import("./editor.ts").then(({ makeEditor }) => {
      if (isGone || place.current === null) return
      editor.current = makeEditor(place.current, service.mount, textOf(view), setText)
      setShown(null)
    })
    return () => {
      isGone = true
      editor.current?.destroy()
    }
  }, [])
  const show = (what: string | null, policies: unknown): void => {
    editor.current?.setText(JSON.stringify(policies, null, 2))
    setShown(what)
  }
  return (
    <>
      <section class="card wide">
        <h2>Standing policies{shown === null ? "" : `: ${shown}, not in force`}</h2>
        <div class="editor" ref={place} />
        <Faults check={check} goTo={(path) => editor.current?.goTo(path)} />
        <p class="actions">
          <Action
            label="Put in force"
            kind="primary"
            disabled={!check.ok}
            sure="Tell every browser?"
            work={async () => {
              const { version } = await edge.setPolicies(service.service, text)
              setShown(null)
              await onSaved()
              return `version ${version} is in force${service.maintenance === null ? "" : " when the maintenance is over"}`
            }}
          />
          <button type="button" onClick={() => show("as they stand", { client: view.client, server: view.server })}>
            Start over
          </button>
        </p>
      </section>
      <WhoServesForm service={service} inForce={view.inForce} draft={check.ok ? check.value : null} />
      <Versions service={service.service} onShow={show} onBack={onSaved} />
    </>
  )
}

export const Policies = ({ service }: { readonly service: ServiceView }) => {
  const { value, error, ask } = usePolled(EVERY_MS, () => edge.policies(service.service), [service.service])
  return (
    <>
      <Problem error={error} />
      {value !== null && <Editor key={service.service} service={service} view={value} onSaved={ask} />}
    </>
  )
}
