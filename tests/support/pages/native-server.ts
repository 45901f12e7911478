/** The server that the same small app answers from in the differential test: an origin of its own, which the extension does not know. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { echo } from "./echo.ts"

export interface NativeServer {
  readonly origin: string
  close(): Promise<void>
}

const bodyOf = async (message: IncomingMessage): Promise<Uint8Array<ArrayBuffer> | null> => {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return message.method === "GET" || message.method === "HEAD" ? null : new Uint8Array(Buffer.concat(chunks))
}

const PIECE_BYTES = 40_000

const answer = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { method = "", url = "", headers } = message
  response.sendDate = false
  if (!url.startsWith("/guest/echo")) {
    response.setHeader("content-type", "text/html").end("<!doctype html><title>native</title>")
    return
  }
  const asked = new Request(`http://127.0.0.1${url}`, {
    method,
    headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
    body: await bodyOf(message)
  })
  const given = await echo(asked)
  const lines = [...given.headers].flatMap(([name, value]) => [name, value])
  if (method === "HEAD" || [204, 205, 304].includes(given.status)) {
    response.writeHead(given.status, given.statusText, lines).end()
    return
  }
  // As the edge says it of what it gathers; what comes in pieces still comes in pieces.
  const whole = Buffer.from(await given.arrayBuffer())
  response.writeHead(given.status, given.statusText, [...lines, "content-length", String(whole.length)])
  const step = url.includes("chunks") ? PIECE_BYTES : whole.length
  for (let at = 0; at < whole.length; at += step)
    if (!response.write(whole.subarray(at, at + step))) await drained(response)
  response.end()
}

/** Room again, or nobody there any more. */
const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    response.once("drain", resolve)
    response.once("close", resolve)
  })

/** Starts it on a free port of this machine. */
export const startNativeServer = async (): Promise<NativeServer> => {
  const server = createServer((message, response) => {
    answer(message, response).catch((error: unknown) => response.destroy(error as Error))
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((closed) => {
        server.closeAllConnections()
        server.close(() => closed())
      })
  }
}
