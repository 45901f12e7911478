/** @jsxRuntime automatic @jsxImportSource preact */
/** The popup: for each service who answers now and why, the one of the open tab first. */
import { render } from "preact"
import { useEffect, useState } from "preact/hooks"
import { parse } from "../shared/protocol/parse.ts"
import { AsideReplySchema, type AsideAct, type AsideReply } from "./platform/aside-lot.ts"
import { askWorker, askWorkerOnce } from "./platform/contexts.ts"
import { saveAsFile } from "./platform/pages.ts"
import { openTabUrl } from "./platform/open-tab.ts"
import { every, logError, now } from "./platform/runtime.ts"
import type { ServiceAct } from "./platform/service-act.ts"
import { ServiceStatusesSchema, type ServiceStatus } from "./platform/service-status.ts"
import { ServiceCard } from "./ui/service-card.tsx"
import "./ui/popup.css"

const WITHIN_MS = 5000

/** How often the popup looks while it is open. */
const LOOK_EVERY_MS = 1000

type Shown =
  | { readonly state: "asking" }
  | { readonly state: "known"; readonly url: string; readonly at: number; readonly services: readonly ServiceStatus[] }
  | { readonly state: "failed"; readonly why: string }

const isAt = ({ origin, mount }: ServiceStatus, url: string): boolean =>
  url.startsWith(origin + mount) || url.includes(`u=${origin}${mount}`)

const ask = async (): Promise<Shown> => {
  const url = await openTabUrl()
  const reply = parse(ServiceStatusesSchema, await askWorker({ type: "status" }, WITHIN_MS))
  if (!reply.ok) return { state: "failed", why: reply.error }
  const services = reply.value.toSorted((a, b) => Number(isAt(b, url)) - Number(isAt(a, url)))
  return { state: "known", url, at: now(), services }
}

const RETRY_WITHIN_MS = 130_000

/** Does what the person wishes with what lies aside; an export becomes a file. `done` is called when it changed something. */
const doAside = async (service: string, act: AsideAct, id: number, done: () => void): Promise<AsideReply> => {
  const reply = parse(AsideReplySchema, await askWorkerOnce({ type: "aside", service, act, id }, RETRY_WITHIN_MS))
  if (!reply.ok) return { ok: false, error: reply.error }
  if (reply.value.ok && act === "export") saveAsFile(`${service}-kept-${id}.json`, reply.value.text)
  else done()
  return reply.value
}

/** Does what the person wishes with the service. */
const doAct = async (service: string, act: ServiceAct): Promise<AsideReply> => {
  const reply = parse(AsideReplySchema, await askWorkerOnce({ type: "act", service, act }, RETRY_WITHIN_MS))
  return reply.ok ? reply.value : { ok: false, error: reply.error }
}

const Popup = () => {
  const [shown, show] = useState<Shown>({ state: "asking" })
  const look = (): void =>
    void ask().then(show, (error: unknown) => {
      logError("popup", error)
      show({ state: "failed", why: String(error) })
    })
  useEffect(() => every(LOOK_EVERY_MS, look), [])
  return (
    <main>
      <h1>Locum</h1>
      {shown.state === "asking" && <p role="status">Asking…</p>}
      {shown.state === "failed" && <p role="alert">Locum does not answer: {shown.why}. Please open this again.</p>}
      {shown.state === "known" && shown.services.length === 0 && <p>No service is set up in this browser.</p>}
      {shown.state === "known" &&
        shown.services.map((status) => (
          <ServiceCard
            key={status.service}
            status={status}
            isHere={isAt(status, shown.url)}
            now={shown.at}
            onAct={(act) => doAct(status.service, act)}
            onAside={(act, id) => doAside(status.service, act, id, look)}
          />
        ))}
    </main>
  )
}

// Without React in the project Plasmo mounts nothing: it leaves an element for it.
const place = document.getElementById("__plasmo")
if (place !== null) render(<Popup />, place)
