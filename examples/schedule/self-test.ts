/** What a release of the schedule has to answer before it may run, whatever its documents hold: pages, a write, and what was written. */
export const selfTest = [
  { method: "GET", path: "", expect: { status: 200, type: "text/html" } },
  {
    method: "POST",
    path: "api/events",
    body: ["application/json", '{"title":"Self-test of this release","date":"2026-01-05"}'],
    expect: { status: 201, type: "application/json" }
  },
  { method: "GET", path: "api/events", expect: { status: 200, holds: ["Self-test of this release"] } },
  { method: "GET", path: "search/?q=Self-test", expect: { status: 200, type: "text/html" } }
]
