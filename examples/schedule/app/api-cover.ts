/** The calendar's cover: a picture, bytes in and bytes out. */
import { records } from "../../../shared/app/records.ts"
import type { Request, Routes } from "./calendar.ts"

const COVER_MAX_BYTES = 512 * 1024

/** Adds the cover under `/api` of a calendar. */
export function addCover(routes: Routes): void {
  const settings = (request: Request) => records(request.env.doc, "settings")
  routes.put("/api/cover", async (request) => {
    const bytes = new Uint8Array(await request.req.arrayBuffer())
    if (bytes.length > COVER_MAX_BYTES) return request.json({ error: "a cover has 512 KiB at most" }, 413)
    const type = request.req.header("content-type") ?? "application/octet-stream"
    const token = request.req.query("token")
    const value = { data: toBase64(bytes), type, ...(token === undefined ? {} : { token }) }
    settings(request).put("cover", value, request.env)
    return request.body(null, 204)
  })
  routes.get("/api/cover", (request) => {
    const cover = settings(request).get("cover")?.fields
    const [data, type] = [cover?.get("data"), cover?.get("type")]
    if (typeof data !== "string" || typeof type !== "string") return request.json({ error: "there is no cover" }, 404)
    return request.body(fromBase64(data), 200, { "content-type": type })
  })
}

const toBase64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
const fromBase64 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
