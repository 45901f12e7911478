/** Import this first (`node --import`): leads the edge's two modules of the Workers runtime to what stands for them here. */
import { registerHooks } from "node:module"

const STANDS_FOR: Readonly<Record<string, string>> = {
  "cloudflare:workers": new URL("edge/cloudflare-workers.ts", import.meta.url).href,
  "locum:apps": new URL("edge/apps.ts", import.meta.url).href
}

registerHooks({
  resolve: (specifier, context, next) => {
    const url = STANDS_FOR[specifier]
    return url === undefined ? next(specifier, context) : { url, shortCircuit: true }
  }
})
