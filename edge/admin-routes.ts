/** The operator's API. Keeps SPEC rules ADM-1 to ADM-4. */
import { Hono } from "hono"
import { tracePage } from "./admin/trace-pages.ts"
import { adminAccess } from "./identity-wiring.ts"
import { allShards, controllerFor, type AdminCall, type Env } from "./platform/objects.ts"
import { published, serviceNamed } from "./platform/published.ts"
import { isForeignWrite } from "./router/find-document.ts"
import { jsonAnswer } from "./router/plain-answers.ts"
import { ServiceNameSchema } from "../shared/protocol/names.ts"
import { parseJson } from "../shared/protocol/parse.ts"
import * as v from "valibot"

interface Bound {
  readonly Bindings: Env
  readonly Variables: { who: string }
}

const problem = (status: number, error: string): Response => jsonAnswer(status, { error })

const call = async (env: Env, service: string, wish: AdminCall, who: string): Promise<Response> => {
  const { status, body } = await controllerFor(env, service).admin(wish, who)
  return new Response(body, { status, headers: { "Content-Type": "application/json", "Cache-Control": "no-store" } })
}

/** The same question to every service's controller; the answers by service. */
const callAll = async (env: Env, wish: AdminCall, who: string): Promise<Response> => {
  const answers = await Promise.all(
    published.map(async ({ name }) => {
      const { status, body } = await controllerFor(env, name).admin(wish, who)
      return status === 200 ? [[name, JSON.parse(body) as unknown]] : []
    })
  )
  return jsonAnswer(200, Object.fromEntries(answers.flat()))
}

/** What runs where: what this Worker has, beside what each service's controller has. */
const services = async (env: Env, who: string): Promise<Response> => {
  const views = await Promise.all(
    published.map(async ({ name, mount, release, releases }) => {
      const { body } = await controllerFor(env, name).admin({ type: "service" }, who)
      return { service: name, mount, worker: release, published: releases, ...(JSON.parse(body) as object) }
    })
  )
  return jsonAnswer(200, views)
}

/** The service whose controller knows a maintenance. */
const ownerOf = async (env: Env, id: string): Promise<string | undefined> => {
  for (const { name } of published)
    if ((await controllerFor(env, name).admin({ type: "show", id }, "")).status === 200) return name
  return undefined
}

const toOwner = async (env: Env, id: string, wish: AdminCall, who: string): Promise<Response> => {
  const owner = await ownerOf(env, id)
  return owner === undefined ? problem(404, `there is no maintenance ${id}`) : call(env, owner, wish, who)
}

/** To the service that the input names. */
const toNamed = async (env: Env, input: string, wish: AdminCall, who: string): Promise<Response> => {
  const named = parseJson(ServiceSchema, input)
  if (!named.ok) return problem(400, named.error)
  const { service } = named.value
  if (serviceNamed(service) === undefined)
    return problem(400, `service: must be one of ${published.map(({ name }) => name).join(", ")}`)
  return call(env, service, wish, who)
}

/** Something about a version of a service's policies. */
const ofVersion = (
  env: Env,
  type: "policy-version" | "roll-back",
  { service, version }: { readonly service: string; readonly version: string },
  who: string
): Promise<Response> | Response => {
  if (serviceNamed(service) === undefined) return problem(404, `there is no service ${service}`)
  if (!/^\d{1,9}$/.test(version)) return problem(400, "version: must be a number")
  return call(env, service, { type, version: Number(version) }, who)
}

const MINUTES_TEXT = "must be a number of minutes, 1 to 1440"
const MinutesSchema = v.pipe(
  v.string(),
  v.regex(/^\d{1,4}$/, MINUTES_TEXT),
  v.transform(Number),
  v.minValue(1, MINUTES_TEXT),
  v.maxValue(1440, MINUTES_TEXT)
)
const ServiceSchema = v.object({ service: ServiceNameSchema })
const ReasonSchema = v.object({ reason: v.optional(v.pipe(v.string(), v.maxLength(500)), "asked for by the operator") })

const documentsOf = async (env: Env): Promise<readonly string[]> => {
  const lists = await Promise.all(published.flatMap(({ name }) => allShards(env).map((shard) => shard.documents(name))))
  return lists.flat().sort()
}

export const adminRoutes = new Hono<Bound>()
  .use(async (context, next) => {
    const { env, req } = context
    const access = await adminAccess(req.raw, env)
    if (!access.ok) return problem(access.status, access.error)
    // A cookie goes along with a form of any site; a bearer token does not.
    if (access.by === "cookie" && isForeignWrite(req.raw))
      return problem(403, "Origin: a page of another site sent this")
    context.set("who", access.who)
    return next()
  })
  .get("/services", ({ env, var: { who } }) => services(env, who))
  /** `?minutes=`, 60 without it. */
  .get("/series", ({ env, req, var: { who } }) => {
    const minutes = v.safeParse(MinutesSchema, req.query("minutes") ?? "60")
    if (!minutes.success) return problem(400, `minutes: ${minutes.issues[0].message}`)
    return callAll(env, { type: "series", ms: minutes.output * 60_000 }, who)
  })
  .get("/history", ({ env, var: { who } }) => callAll(env, { type: "history" }, who))
  .post("/maintenance", async ({ env, req, var: { who } }) => {
    const input = await req.text()
    return toNamed(env, input, { type: "start", input }, who)
  })
  .post("/maintenance/preview", async ({ env, req, var: { who } }) => {
    const input = await req.text()
    return toNamed(env, input, { type: "preview", input }, who)
  })
  .get("/maintenance", ({ env, var: { who } }) => callAll(env, { type: "show", id: null }, who))
  .get("/maintenance/:id", ({ env, req, var: { who } }) =>
    toOwner(env, req.param("id"), { type: "show", id: req.param("id") }, who)
  )
  .post("/maintenance/:id/resume", ({ env, req, var: { who } }) =>
    toOwner(env, req.param("id"), { type: "resume", id: req.param("id") }, who)
  )
  .post("/maintenance/:id/abort", async ({ env, req, var: { who } }) => {
    const text = await req.text()
    const reason = parseJson(ReasonSchema, text === "" ? "{}" : text)
    if (!reason.ok) return problem(400, reason.error)
    return toOwner(env, req.param("id"), { type: "abort", id: req.param("id"), ...reason.value }, who)
  })
  .get("/maintenance/:id/events", async ({ env, req }) => {
    const owner = await ownerOf(env, req.param("id"))
    if (owner === undefined) return problem(404, `there is no maintenance ${req.param("id")}`)
    return controllerFor(env, owner).fetch(`https://controller/${req.param("id")}`)
  })
  .get("/policies/:service", ({ env, req, var: { who } }) => {
    const { service } = req.param()
    return serviceNamed(service) === undefined
      ? problem(404, `there is no service ${service}`)
      : call(env, service, { type: "policies" }, who)
  })
  .put("/policies/:service", async ({ env, req, var: { who } }) => {
    const { service } = req.param()
    if (serviceNamed(service) === undefined) return problem(404, `there is no service ${service}`)
    return call(env, service, { type: "set-policies", input: await req.text() }, who)
  })
  .get("/policies/:service/versions", ({ env, req, var: { who } }) => {
    const { service } = req.param()
    return serviceNamed(service) === undefined
      ? problem(404, `there is no service ${service}`)
      : call(env, service, { type: "policy-versions" }, who)
  })
  .get("/policies/:service/versions/:version", ({ env, req, var: { who } }) =>
    ofVersion(env, "policy-version", req.param(), who)
  )
  .post("/policies/:service/versions/:version", ({ env, req, var: { who } }) =>
    ofVersion(env, "roll-back", req.param(), who)
  )
  .get("/environment", ({ env, var: { who } }) => callAll(env, { type: "environment" }, who))
  .post("/environment", async ({ env, req, var: { who } }) => {
    const input = await req.text()
    return toNamed(env, input, { type: "set-environment", input }, who)
  })
  .get("/coverage", ({ env, var: { who } }) => callAll(env, { type: "coverage" }, who))
  .get("/clients", ({ env, var: { who } }) => callAll(env, { type: "clients" }, who))
  .get("/audit", ({ env, var: { who } }) => callAll(env, { type: "audit" }, who))
  /** Every traced answer of every document; `?cursor=` goes on. */
  .get("/trace", async ({ env, req }) =>
    jsonAnswer(
      200,
      await tracePage(req.query("cursor") ?? null, {
        documents: () => documentsOf(env),
        rows: (document, after, limit) => env.DOCUMENTS.getByName(document).traced(after, limit)
      })
    )
  )
