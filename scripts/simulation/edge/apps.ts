/** Stands for the build's registry of apps (`locum:apps`): the one service of a simulation. */
import { toBase64 } from "lib0/buffer"
import { definition, manifest, notes } from "../notes/notes-app.ts"

const sealed = (payload: unknown) => ({
  payloadType: "simulation",
  payload: toBase64(new TextEncoder().encode(JSON.stringify(payload))),
  signatures: []
})

export const services = [
  {
    definition,
    app: notes,
    release: sealed(manifest),
    published: [],
    certificate: sealed({}),
    signedDefinition: sealed(definition),
    publisherKeys: [],
    threshold: 1,
    roots: []
  }
]
