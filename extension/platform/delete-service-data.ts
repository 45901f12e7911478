/** Deletes what is stored of a service in this browser, whoever's it is. Nobody may have it open. */
import { databaseNames, deleteDatabase } from "./indexed-db.ts"
import { openKeyValue } from "./key-value.ts"

/** What the controller remembers of a service; its epoch must never be lower than one that was given out. */
const CONTROLLER = "locum/controller"
const KEPT = "epoch"

export const deleteServiceData = async (service: string, origin: string): Promise<void> => {
  const place = [origin, service].map(encodeURIComponent)
  for (const name of await databaseNames()) {
    const [head, , ...rest] = name.split("/")
    if (head === "locum" && rest[0] === place[0] && rest[1] === place[1]) await deleteDatabase(name)
  }
  const values = await openKeyValue(CONTROLLER)
  const prefix = `${origin} ${service} `
  for (const [key] of await values.entries(prefix)) if (key !== prefix + KEPT) await values.delete(key)
  values.close()
}
