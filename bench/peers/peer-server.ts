/**
 * The peers' HTTP servers, in a process of their own: one port, and so one origin, for each way to answer. Run by `fork`; it
 * sends its addresses when it listens and ends when its parent goes away. The API answers a GET with one event, and a
 * POST with the event that it brought, as the schedule does; only the last server stores it, in the least way that outlives a power
 * failure: a line at the end of a file, on the disk before the answer.
 */
import { mkdtemp, open, readFile, rm, type FileHandle } from "node:fs/promises"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { build } from "esbuild"
import { ISOLATED } from "../support/front.ts"

const HERE = import.meta.dirname

/** What the API answers: as large as one event of the schedule. */
const ITEM_VALUE = {
  id: "0197-bench-00000001",
  title: "Weekly meeting",
  date: "2026-11-23",
  start: "09:30",
  end: "10:15",
  place: "Room 4.12",
  notes: "",
  token: "",
  conflicts: []
}
const ITEM = JSON.stringify(ITEM_VALUE)

const bundle = await build({
  entryPoints: [resolve(HERE, "peer-page.mjs")],
  bundle: true,
  format: "esm",
  target: "chrome140",
  write: false
})

const FILES: Readonly<Record<string, readonly [type: string, content: string]>> = {
  "/": ["text/html", `<!doctype html><title>Peer</title><body><script type="module" src="/page.js"></script>`],
  "/page.js": ["text/javascript", bundle.outputFiles[0]?.text ?? ""],
  "/service-worker.js": ["text/javascript", await readFile(resolve(HERE, "service-worker.mjs"), "utf8")],
  "/mockServiceWorker.js": [
    "text/javascript",
    await readFile(resolve(HERE, "../node_modules/msw/lib/mockServiceWorker.js"), "utf8")
  ],
  "/item.json": ["application/json", ITEM],
  "/api/item": ["application/json", ITEM]
}

const respond = (response: ServerResponse, status: number, type: string, content: string): void =>
  void response.writeHead(status, { ...ISOLATED, "content-type": type, "cache-control": "no-store" }).end(content)

/** Where a server stores what is posted; null when it does not. */
type Log = FileHandle | null

const takePost = async (log: Log, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) if (chunk instanceof Buffer) chunks.push(chunk)
  const event: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"))
  await log?.appendFile(`${JSON.stringify(event)}\n`)
  await log?.datasync()
  respond(response, 201, "application/json", JSON.stringify({ ...ITEM_VALUE, ...Object(event) }))
}

const onRequest = (log: Log, request: IncomingMessage, response: ServerResponse): void => {
  const path = new URL(request.url ?? "/", "http://peer").pathname
  if (request.method === "POST" && path === "/api/items") {
    takePost(log, request, response).catch((error: unknown) => respond(response, 400, "text/plain", String(error)))
    return
  }
  const [type, content] = FILES[path] ?? ["text/plain", ""]
  respond(response, FILES[path] === undefined ? 404 : 200, type, content)
}

const listen = (log: Log): Promise<string> =>
  new Promise((listening, failed) => {
    const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => onRequest(log, request, response))
    server.once("error", failed)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      if (address === null || typeof address === "string") failed(new Error("the peer server has no port"))
      else listening(`http://127.0.0.1:${address.port}`)
    })
  })

const folder = await mkdtemp(join(tmpdir(), "locum-bench-peer-"))
const log = await open(join(folder, "log"), "a")
process.once("disconnect", () => void rm(folder, { recursive: true, force: true }).finally(() => process.exit()))
process.send?.([await listen(null), await listen(null), await listen(null), await listen(log)])
