/** Who of the people that used the service lately a browser can serve, and who not, and why. */
import type { CoverageView } from "../../shared/protocol/admin-views.ts"
import { Table } from "./parts.tsx"

export const CoverageCard = ({ coverage }: { readonly coverage: CoverageView }) => {
  const { active, covered, uncovered, others } = coverage
  return (
    <section class="card">
      <h2>Coverage</h2>
      <p class="figure">
        {covered} of {active}
      </p>
      <p>people who used the service in the last 15 minutes are covered by a browser.</p>
      {uncovered.length > 0 && (
        <>
          <Table
            caption="Not covered"
            head={["Person", "Why"]}
            rows={uncovered.map(({ subject, why }) => ({ key: subject, cells: [subject, why] }))}
            empty=""
          />
          <p>While the server is closed they get: {others}.</p>
        </>
      )}
    </section>
  )
}
