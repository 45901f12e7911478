/**
 * What the service worker tells a shell in the page itself: whose page it shows, and where the local one lies. The shell then leads its
 * frame in its first turn; to find that out by itself it has to read a file and a database first. Keeps SPEC rule ROU-39.
 */
import * as v from "valibot"
import { OriginSchema, ServiceNameSchema } from "../../shared/protocol/names.ts"
import { parseJson } from "../../shared/protocol/parse.ts"

const ShellPlaceSchema = v.strictObject({
  service: ServiceNameSchema,
  origin: OriginSchema,
  mount: v.string(),
  prefix: v.pipe(v.string(), v.regex(/^\/~[0-9a-f]{32}$/, "must be the prefix of local pages"))
})

/** A service with the place of its local pages. */
export type ShellPlace = v.InferOutput<typeof ShellPlaceSchema>

/** Name of the element that carries it. */
export const PLACE_NAME = "locum-place"

/** The shell's page with its place in it. */
export const withPlace = (html: string, place: ShellPlace): string => {
  const content = JSON.stringify(place).replaceAll("&", "&amp;").replaceAll('"', "&quot;")
  const meta = `<meta name="${PLACE_NAME}" content="${content}">`
  return html.replace("<head>", () => `<head>${meta}`)
}

/** The place that a shell's page carries; null when it came from the package as it is (a hard reload passes the service worker by). */
export const placeIn = (content: string | undefined): ShellPlace | null => {
  if (content === undefined) return null
  const place = parseJson(ShellPlaceSchema, content)
  if (!place.ok) throw new TypeError(`the shell's place: ${place.error}`)
  return place.value
}
