/** The frame of every page. */
import { html, raw } from "hono/html"
import { style } from "../page/style.ts"
import { calendarOf, type Build, type Request } from "./calendar.ts"

/** HTML whose text parts are escaped. */
export type Html = ReturnType<typeof html>

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Crect x='3' y='5' width='18' height='16' rx='3' fill='%231f5fbf'/%3E%3C/svg%3E"
const LOGO = raw(
  `<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" aria-hidden="true"><rect x="3" y="5" width="18" height="16" rx="3"/><path d="M3 10h18M8 2.5v5M16 2.5v5"/></svg>`
)

/** The file with the view, which the build names. */
const viewFile = (): Html | "" => {
  const name = import.meta.files?.["view"]
  return name === undefined ? "" : html`data-view="/calendar/${name}"`
}

/** The script that every page carries. */
const liveScript = (): Html | "" => {
  const text = import.meta.scripts?.["live"]
  return text === undefined
    ? ""
    : html`<script>
        ${raw(text)}
      </script>`
}

/** A whole page. `title` names it, `body` is what stands in `<main>`. */
export function page(request: Request, build: Build, title: string, body: Html): Html {
  const { base, name } = calendarOf(request)
  const query = request.req.query("q") ?? ""
  return html`<!doctype html>
    <html lang="en" data-changes="/calendar/.locum/changes" ${viewFile()}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="generator" content="schedule ${build.version}" />
        <title>${title} – ${name}</title>
        <link rel="icon" href="${raw(ICON)}" />
        <style>
          ${raw(style)}
        </style>
      </head>
      <body>
        <a class="skip" href="#content">To the content</a>
        <header class="bar">
          <a class="brand" href="${base}/">${LOGO}${name}</a>
          <form class="row search" role="search" action="${base}/search/" method="get">
            <input type="search" name="q" value="${query}" placeholder="Search events" aria-label="Search events" />
          </form>
          <a href="${base}/calendars/">Calendars</a>
          <span class="who">Signed in as ${request.env.user.name}</span>
        </header>
        <main id="content">
          <p id="status" role="status" class="soft"></p>
          ${body}
        </main>
        <footer>
          Schedule <span data-version>${build.version}</span> · <a href="/calendar/">My calendar</a> ·
          <a href="${base}/api/export">All entries as JSON</a>
        </footer>
        ${liveScript()}
      </body>
    </html>`
}
