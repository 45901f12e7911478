/** The examples of the patent's figs 5, 6 and 10, in this project's words, as an operator would write them. */
import type { Rule, ServerRule } from "../../shared/policy/rules.ts"

/** Fig. 5: searches go to the server; without a network the client answers; copied to the server every day at 24:00. */
export const FIG_5: readonly Rule[] = [
  {
    match: "/calendar/search/*",
    serve: "server",
    unless: [{ if: { network: "offline" }, serve: "client" }],
    sync: { documents: ["user/:user"], type: "copy", at: "0 0 * * *", tz: "Asia/Tokyo" }
  }
]

/** Fig. 6: the server accepts, unless its CPU was over 90 % for five minutes; its policy wins. */
export const FIG_6: { readonly priority: "server"; readonly rules: ServerRule[] } = {
  priority: "server",
  rules: [
    {
      match: "/calendar/search/*",
      serve: "server",
      unless: [
        {
          if: { load: { above: 0.9, over: "5m", for: "30s", until: { below: 0.7, for: "2m" } } },
          serve: "client",
          share: 1
        }
      ]
    }
  ]
}

/** Fig. 10: the maintenance request. */
export const FIG_10 = {
  service: "schedule",
  urls: ["/calendar/search/*"],
  order: ["server", "client"],
  release: "schedule@2.0.0",
  sync: true
} as const
