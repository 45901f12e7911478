/** Reading what a form sent. */
import type { Request } from "./calendar.ts"

/** The text fields of a form, whichever way it was sent; its files are read by those who want them. */
export async function readForm(request: Request): Promise<Readonly<Record<string, string>>> {
  const form = await request.req.parseBody()
  const texts = Object.entries(form).filter((pair): pair is [string, string] => typeof pair[1] === "string")
  return Object.fromEntries(texts)
}
