/** y-websocket's Node server, in memory: the outer reference, which keeps nothing. Argument: port. */
import { createServer } from "node:http"
import { setupWSConnection } from "@y/websocket-server/utils"
import ws from "ws"

const [port] = process.argv.slice(2)
const sockets = new ws.Server({ noServer: true })
sockets.on("connection", setupWSConnection)
const server = createServer((_request, response) => response.end("y-websocket"))
server.on("upgrade", (request, socket, head) =>
  sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit("connection", opened, request))
)
server.listen(Number(port), "127.0.0.1", () => process.send("listening"))
process.on("disconnect", () => process.exit())
