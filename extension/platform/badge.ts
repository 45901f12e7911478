/** What the toolbar says of all services: side and changes that are not on the server yet. Keeps SPEC rule CON-22. */
import * as v from "valibot"
import { SideSchema, type Side } from "../../shared/protocol/names.ts"

export const BadgeSchema = v.strictObject({
  side: SideSchema,
  /** A few letters in the icon's corner. */
  text: v.pipe(v.string(), v.maxLength(4)),
  /** The icon's name for whoever points at it or hears it. */
  title: v.pipe(v.string(), v.maxLength(2000))
})
export type Badge = v.InferOutput<typeof BadgeSchema>

const COLOUR: Record<Side, string> = { client: "#0b7285", server: "#57606a" }

/** In the service worker: shows it in all tabs but those that say something of their own. */
export const showBadge = async ({ side, text, title }: Badge): Promise<void> => {
  await Promise.all([
    chrome.action.setBadgeBackgroundColor({ color: COLOUR[side] }),
    chrome.action.setBadgeTextColor({ color: "#ffffff" }),
    chrome.action.setBadgeText({ text }),
    chrome.action.setTitle({ title })
  ])
}
