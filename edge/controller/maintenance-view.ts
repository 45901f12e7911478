/** What an operator sees of a maintenance: before it starts, while it runs, and as the report afterwards. Keeps SPEC rules CTL-5, MNT-15, MNT-16. */
import { coverageOf } from "../../shared/maintenance/coverage.ts"
import type { MaintenanceRequest } from "../../shared/maintenance/request.ts"
import { temporaryPolicies, type PolicyPair } from "../../shared/maintenance/temporary-policies.ts"
import { phasesOf, releaseAfter, type Maintenance } from "../../shared/maintenance/transition.ts"
import { clientView, refusalOf, type ClientRow } from "./client-table.ts"
import type { ClientStep, Step } from "./timeline.ts"

/** Who could be served by a browser now. */
export const coverageView = (active: readonly string[], clients: readonly ClientRow[]) =>
  coverageOf(
    active,
    clients.map((row) => ({
      subject: row.subject,
      isConnected: row.connected === 1,
      running: row.running,
      refusal: row.refused > row.settled ? (refusalOf(row)?.text ?? null) : null
    }))
  )

/** What would happen: the states, the temporary policies, and who would be covered. */
export const previewOf = (
  request: MaintenanceRequest,
  standing: PolicyPair,
  active: readonly string[],
  clients: readonly ClientRow[]
) => ({
  request,
  states: phasesOf(request.order).map(({ state }) => state),
  policies: {
    take: request.order.includes("server") ? temporaryPolicies(standing, request.urls, "client") : null,
    return: request.order.includes("client") ? temporaryPolicies(standing, request.urls, "server") : null
  },
  coverage: coverageView(active, clients)
})

/** How long each state lasted, ms; the last one of a maintenance that runs has no end yet. */
export const durationsOf = (steps: readonly Step[]) =>
  steps.map(({ state, at, text }, index) => {
    const next = steps[index + 1]
    return { state, text, at, ms: next === undefined ? null : next.at - at }
  })

/** Where a maintenance is: what an operator's wish is answered with. */
export const stateView = (maintenance: Maintenance, steps: readonly Step[]) => {
  const { plan, state, aborted, setback, serial, since } = maintenance
  return {
    id: plan.id,
    service: plan.request.service,
    state,
    aborted,
    setback,
    serial,
    startedAt: plan.startedAt,
    since,
    release: { before: plan.before, after: releaseAfter(maintenance) },
    request: plan.request,
    steps
  }
}

/** The whole record of a maintenance. */
export const maintenanceView = (
  maintenance: Maintenance,
  steps: readonly Step[],
  clientSteps: readonly ClientStep[],
  clients: readonly ClientRow[]
) => ({
  ...stateView(maintenance, steps),
  clients: clients.map(clientView),
  report: {
    states: durationsOf(steps),
    clients: clientSteps.map(({ at, client, what, detail }) => ({
      at,
      client,
      what,
      detail: JSON.parse(detail) as unknown // written by the controller from a parsed message
    }))
  }
})
