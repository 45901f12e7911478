/**
 * Hocuspocus with its Database extension over SQLite, as its own extension-sqlite does it (that one needs a compiler; Node brings
 * SQLite). Storing is debounced by 2 s, 10 s at most (its default). Arguments: port, file of the database.
 */
import { DatabaseSync } from "node:sqlite"
import { Database } from "@hocuspocus/extension-database"
import { Server } from "@hocuspocus/server"

const [port, file] = process.argv.slice(2)
const database = new DatabaseSync(file)
database.exec("CREATE TABLE IF NOT EXISTS documents (name TEXT PRIMARY KEY, data BLOB NOT NULL)")
const select = database.prepare("SELECT data FROM documents WHERE name = ?")
const upsert = database.prepare(
  "INSERT INTO documents (name, data) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET data = excluded.data"
)

const server = new Server({
  port: Number(port),
  address: "127.0.0.1",
  quiet: true,
  stopOnSignals: false,
  extensions: [
    new Database({
      fetch: async ({ documentName }) => select.get(documentName)?.data ?? null,
      store: async ({ documentName, state }) => void upsert.run(documentName, state)
    })
  ]
})
await server.listen()
process.on("disconnect", () => process.exit())
process.send("listening")
