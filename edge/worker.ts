/**
 * The edge's Worker: one table of routes over the units. Every request of the service takes one hop, to its document's object.
 */
import { Hono } from "hono"
import { CONSOLE_PATH } from "./admin/console-pages.ts"
import { consoleRoutes } from "./console-routes.ts"
import { controlRoutes } from "./control-routes.ts"
import { adminRoutes } from "./admin-routes.ts"
import { memberRoutes } from "./member-routes.ts"
import { identityRoutes } from "./identity-routes.ts"
import type { Env } from "./platform/objects.ts"
import { publicRoutes } from "./public-routes.ts"
import { serviceAnswer } from "./service-routes.ts"

export { ControlShard } from "./control-shard.ts"
export { DocumentObject } from "./document-object.ts"
export { ServiceController } from "./service-controller.ts"

const app = new Hono<{ Bindings: Env }>()
  .route("/", publicRoutes)
  .get("/_locum/console", (context) => context.redirect(CONSOLE_PATH))
  .route(CONSOLE_PATH, consoleRoutes)
  .route("/_locum", identityRoutes)
  .route("/_locum", controlRoutes)
  .route("/_locum", memberRoutes)
  .route("/_locum", adminRoutes)

export default {
  // The service's own requests do not go through the router: they are the ones that have to be fast.
  fetch: async (request, env, ctx) => (await serviceAnswer(request, env)) ?? app.fetch(request, env, ctx)
} satisfies ExportedHandler<Env>
