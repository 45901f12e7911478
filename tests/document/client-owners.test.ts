import { expect, test } from "vitest"
import { EDGE_OWNER } from "../../edge/document/client-owners.ts"
import { parse } from "../../shared/protocol/parse.ts"
import { IdentitySchema } from "../../shared/protocol/session.ts"

test("[DOC-7] [F75] nobody can be signed in as the owner of the edge's own Yjs client ids", () => {
  const identity = { issuer: "test", subject: EDGE_OWNER, name: "Mallory", groups: [] }
  expect(parse(IdentitySchema, identity).ok).toBe(false)
})
