/** What anybody may read: the origin's announcement, releases and their files. Keeps SPEC rules EDG-6 and EDG-10. */
import { Hono } from "hono"
import * as v from "valibot"
import type { Env } from "./platform/objects.ts"
import { published } from "./platform/published.ts"
import { rangedAnswer, rangeStart } from "./release/ranged-answer.ts"
import { filePath, immutableAnswer, packPath } from "./release/static-files.ts"
import { jsonAnswer, textAnswer } from "./router/plain-answers.ts"
import { PROTOCOL_VERSION, WELL_KNOWN_PATH } from "../shared/protocol/headers.ts"
import { ServiceNameSchema, Sha256Schema } from "../shared/protocol/names.ts"
import type { WellKnown } from "../shared/protocol/well-known.ts"

const wellKnown: WellKnown = {
  format: 1,
  protocol: [PROTOCOL_VERSION],
  services: published.map(({ name, signedDefinition, certificate, publisherKeys }) => ({
    service: name,
    definition: signedDefinition,
    certificate,
    publisherKeys: [...publisherKeys]
  }))
}

const VersionSchema = v.pipe(v.string(), v.regex(/^[0-9A-Za-z.-]{1,80}$/))

/** What a shorter way to a file starts from. */
const BaseSchema = v.union([v.literal("whole"), Sha256Schema])

/** A file as bytes, or the rest of them. */
const download = async (env: Env, { headers, url }: Request, path: string): Promise<Response> => {
  const whole = immutableAnswer(await env.ASSETS.fetch(new URL(path, url)), "application/octet-stream")
  const from = rangeStart(headers.get("Range"))
  return from === null ? whole : rangedAnswer(whole, from)
}

export const publicRoutes = new Hono<{ Bindings: Env }>()
  .get(WELL_KNOWN_PATH, () => jsonAnswer(200, wellKnown))
  .get("/_locum/releases/:name/:version", async ({ env, req }) => {
    const { name, version } = req.param()
    if (!v.is(ServiceNameSchema, name) || !v.is(VersionSchema, version))
      return textAnswer(404, "There is no such release.")
    const asset = await env.ASSETS.fetch(new URL(`/_locum/releases/${name}/${version}`, req.url))
    return asset.ok
      ? new Response(asset.body, { headers: { "Content-Type": "application/json", "Cache-Control": "no-cache" } })
      : textAnswer(404, `release ${name}@${version} is not published here`)
  })
  .get("/_locum/files/:sha256", ({ env, req }) => {
    const { sha256 } = req.param()
    if (!v.is(Sha256Schema, sha256)) return textAnswer(404, "There is no such file.")
    return download(env, req.raw, filePath(sha256))
  })
  .get("/_locum/packs/:sha256/:from", ({ env, req }) => {
    const { sha256, from } = req.param()
    if (!v.is(Sha256Schema, sha256) || !v.is(BaseSchema, from)) return textAnswer(404, "There is no such file.")
    return download(env, req.raw, packPath(sha256, from))
  })
