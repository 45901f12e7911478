import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { ServicePinSchema } from "../../../shared/protocol/preset.ts"

test("[CON-26] an administrator's policy can say all that a preset says of a service", () => {
  const schema = JSON.parse(readFileSync("managed-schema.json", "utf8")) as {
    readonly properties: { readonly services: { readonly items: { readonly properties: object } } }
  }
  const said = Object.keys(schema.properties.services.items.properties)
  expect(said.toSorted()).toEqual(Object.keys(ServicePinSchema.entries).toSorted())
})
