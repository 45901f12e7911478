/** The contract suite at the edge: both releases in the real workerd, through the Worker and the documents' Durable Objects. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe } from "vitest"
import { type EdgeProcess, startEdge } from "../../scripts/local/edge-process.ts"
import { signInByForm } from "../../scripts/local/sign-in.ts"
import { deployment, edgeVars } from "../../scripts/story/stage/places.ts"
import { appContract } from "./app-contract.ts"

const START_WITHIN_MS = 120_000

describe.each(["1.0.0", "2.0.0"])("schedule %s", (version) => {
  const folder = mkdtempSync(join(tmpdir(), "locum-contract-"))
  let edge: EdgeProcess
  let cookie = ""

  beforeAll(async () => {
    const vars = await edgeVars("admin-token-of-the-tests")
    edge = await startEdge({ deployment: deployment(version), vars, folder })
    cookie = await signInByForm(edge.origin, "ada", "red")
  }, START_WITHIN_MS)
  afterAll(async () => {
    await edge?.kill()
    rmSync(folder, { recursive: true, force: true })
  })

  appContract(`schedule ${version} at the edge`, () =>
    Promise.resolve({
      origin: edge.origin,
      fetch: (request) => {
        request.headers.set("cookie", cookie)
        return fetch(request)
      }
    })
  )
})
