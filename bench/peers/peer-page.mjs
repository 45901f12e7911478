// The script of a peer's page. Its address says how requests are answered: `?by=service-worker` by a same-origin service
// worker from its own JavaScript, `?by=msw` by msw's service worker, which asks this page, `?by=http` and `?by=http-durable` by the server.
// Written in JavaScript because msw is installed by the bench command only, not where types are checked.
import { http, HttpResponse } from "msw"
import { setupWorker } from "msw/browser"

const item = await (await fetch("/item.json")).json()

const handlers = [
  http.get("/api/item", () => HttpResponse.json(item)),
  http.post("/api/items", async ({ request }) => {
    return HttpResponse.json({ ...item, ...(await request.json()) }, { status: 201 })
  })
]

/** @type {Record<string, () => Promise<unknown>>} */
const prepare = {
  http: async () => {},
  "http-durable": async () => {},
  msw: () => setupWorker(...handlers).start({ quiet: true, onUnhandledRequest: "bypass" }),
  "service-worker": async () => {
    await navigator.serviceWorker.register("/service-worker.js")
    await navigator.serviceWorker.ready
    if (navigator.serviceWorker.controller === null)
      await new Promise((taken) => navigator.serviceWorker.addEventListener("controllerchange", taken, { once: true }))
  }
}

const by = new URLSearchParams(location.search).get("by") ?? ""
await prepare[by]()
document.body.dataset.ready = "true"
