/** What a person may have done to a service from the popup and the options page, as the extension's own pages ask for it. Keeps SPEC rules CON-20, CON-21, CON-23. */
import * as v from "valibot"

/** `sync`: everything to the server and back now; `client`, `server`: that side serves; `policy`: whatever the service says; `export`: the person's documents as JSON. */
export const ServiceActSchema = v.picklist(["sync", "client", "server", "policy", "export"])
export type ServiceAct = v.InferOutput<typeof ServiceActSchema>
