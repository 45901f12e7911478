/** Reminders, shown in the page when they are due, until somebody closes them or the event begins. */
import { Temporal } from "temporal-polyfill"
import { sendDismissed } from "./api.ts"
import { element } from "./element.ts"
import { addressOf, keyOf, type Placed } from "./occurrence.ts"

/** When something is due, and from when on it is too late, in milliseconds since 1970. */
export interface Due {
  readonly at: number
  readonly until: number
}

/** When an event's reminder is due; null when it has none. What has no zone is on this computer's clocks. */
export function dueOf({ occurrence }: Placed, zone: string): Due | null {
  if (occurrence.reminder === "") return null
  const { startsAt, span } = occurrence
  const begin =
    startsAt === ""
      ? Temporal.PlainDateTime.from(span.from).toZonedDateTime(zone).epochMilliseconds
      : Temporal.Instant.from(startsAt).epochMilliseconds
  const at = begin - Number(occurrence.reminder) * MINUTE_MS
  // One that is due at the start is shown for a while after it.
  return { at, until: Math.max(begin, at + 5 * MINUTE_MS) }
}

const MINUTE_MS = 60_000

/** One name for the reminder of an event at this time: moved to another, it reminds again. */
export const reminderKey = (placed: Placed): string => {
  const { startsAt, span, reminder } = placed.occurrence
  return `${keyOf(placed)} ${startsAt === "" ? span.from : startsAt} ${reminder}`
}

export class Reminders {
  readonly #list: HTMLElement
  readonly #seen = new Set<string>()
  #stop = (): void => undefined

  /** @param list where they are shown; it is read out when it changes */
  constructor(list: HTMLElement) {
    this.#list = list
  }

  /** Takes the events of now and the next days; those shown stay while they are as they were. `dismissed` were closed in other pages. */
  set(events: readonly Placed[], dismissed: readonly string[]): void {
    this.#stop()
    for (const key of dismissed) this.#close(key)
    const there = new Set(events.map(reminderKey))
    for (const key of [...this.#seen].filter((seen) => !there.has(seen))) {
      this.#close(key)
      this.#seen.delete(key)
    }
    const zone = Temporal.Now.timeZoneId()
    const dues = events.flatMap((placed) => {
      const due = dueOf(placed, zone)
      return due ? [{ placed, due }] : []
    })
    const look = (): void => {
      const now = Date.now()
      for (const { placed, due } of dues) if (due.at <= now && now < due.until) this.#show(placed)
      const next = Math.min(...dues.map(({ due }) => due.at).filter((at) => at > now))
      // A timer that is too long fires at once: what is later than a day is told by a later look.
      const timer = setTimeout(look, Math.min(next - now, DAY_MS))
      this.#stop = () => clearTimeout(timer)
    }
    look()
  }

  #show(placed: Placed): void {
    const key = reminderKey(placed)
    if (this.#seen.has(key)) return
    this.#seen.add(key)
    const { title, start } = placed.occurrence
    const close = element("button", {}, "Dismiss")
    close.addEventListener("click", () => {
      this.#close(key)
      sendDismissed(key).catch((cause: unknown) => {
        this.#list.append(element("p", {}, `It will be shown again elsewhere: ${String(cause)}`))
      })
    })
    const link = element("a", { href: addressOf(placed) }, start === "" ? title : `${start} ${title}`)
    const item = element("p", {}, "Reminder: ", link, " ", close)
    item.dataset["reminder"] = key
    this.#list.append(item)
  }

  #close(key: string): void {
    this.#seen.add(key)
    for (const item of this.#list.querySelectorAll<HTMLElement>("[data-reminder]"))
      if (item.dataset["reminder"] === key) item.remove()
  }
}

const DAY_MS = 24 * 60 * MINUTE_MS
