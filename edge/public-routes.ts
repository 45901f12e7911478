/** What anybody may read: the origin's announcement, releases and their files. Keeps SPEC rules EDG-6 and EDG-10. */
import { Hono } from "hono"
import * as v from "valibot"
import type { Env } from "./platform/objects.ts"
import { importSigner, sha256Hex } from "./platform/crypto.ts"
import { published, type PublishedService } from "./platform/published.ts"
import { now } from "./platform/runtime.ts"
import { readSettings } from "./platform/settings.ts"
import { CurrentLists } from "./release/current-list.ts"
import { rangedAnswer, rangeStart } from "./release/ranged-answer.ts"
import { filePath, immutableAnswer, packPath } from "./release/static-files.ts"
import { jsonAnswer, textAnswer } from "./router/plain-answers.ts"
import { PROTOCOL_VERSION, WELL_KNOWN_PATH } from "../shared/protocol/headers.ts"
import { ServiceNameSchema, Sha256Schema } from "../shared/protocol/names.ts"
import type { WellKnown } from "../shared/protocol/well-known.ts"

/** By the online key of the deployment; without one nobody can say what is current. */
let lists: { readonly jwk: string; readonly of: CurrentLists } | null = null

const listsBy = (jwk: string): CurrentLists => {
  if (lists?.jwk !== jwk) {
    const signer = importSigner(jwk)
    lists = { jwk, of: new CurrentLists({ now, sha256: sha256Hex, signer: () => signer }) }
  }
  return lists.of
}

const announce = async (service: PublishedService, jwk: string | undefined): Promise<WellKnown["services"][number]> => {
  const { name, signedDefinition, certificate, publisherKeys, threshold, roots } = service
  const current = jwk === undefined ? {} : { current: await listsBy(jwk).of(service) }
  const keys = { publisherKeys: [...publisherKeys], threshold, roots: [...roots] }
  return { service: name, definition: signedDefinition, certificate, ...keys, ...current }
}

const wellKnown = async (env: Env): Promise<WellKnown> => {
  const { LOCUM_ONLINE_KEY } = readSettings(env)
  const services = await Promise.all(published.map((service) => announce(service, LOCUM_ONLINE_KEY)))
  return { format: 1, protocol: [PROTOCOL_VERSION], services }
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
  .get(WELL_KNOWN_PATH, async ({ env }) => {
    const answer = jsonAnswer(200, await wellKnown(env))
    // Public, and read by extensions that have no permission for this site yet.
    answer.headers.set("Access-Control-Allow-Origin", "*")
    return answer
  })
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
