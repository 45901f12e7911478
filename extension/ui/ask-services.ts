/** What the extension's own pages ask the controller of, by way of the service worker. */
import { parse, type Parsed } from "../../shared/protocol/parse.ts"
import { AsideReplySchema, type AsideAct, type AsideReply } from "../platform/aside-lot.ts"
import { askWorker, askWorkerOnce } from "../platform/contexts.ts"
import type { ServiceAct } from "../platform/service-act.ts"
import { ServiceStatusesSchema, type ServiceStatus } from "../platform/service-status.ts"

const STATUS_WITHIN_MS = 5000
/** Asking many requests again takes its time. */
const ACT_WITHIN_MS = 130_000

/** How each service stands. Rejects when the extension gives no word. */
export const askStatuses = async (): Promise<Parsed<readonly ServiceStatus[]>> =>
  parse(ServiceStatusesSchema, await askWorker({ type: "status" }, STATUS_WITHIN_MS))

/** Does what the person wishes with what lies aside. */
export const askAside = async (service: string, act: AsideAct, id: number): Promise<AsideReply> =>
  replyOf(await askWorkerOnce({ type: "aside", service, act, id }, ACT_WITHIN_MS))

/** Does what the person wishes with the service. */
export const askAct = async (service: string, act: ServiceAct): Promise<AsideReply> =>
  replyOf(await askWorkerOnce({ type: "act", service, act }, ACT_WITHIN_MS))

const replyOf = (input: unknown): AsideReply => {
  const reply = parse(AsideReplySchema, input)
  return reply.ok ? reply.value : { ok: false, error: reply.error }
}
