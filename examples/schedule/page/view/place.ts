/** The parts of the server's page that the view takes over, or works with. */
import { element } from "./element.ts"

/** Where the view is. */
export interface Place {
  /** `/calendar` or `/calendar/team/<team>`. */
  readonly base: string
  /** A day of the month that the page was loaded for, and how that month is called. */
  readonly day: string
  readonly title: string
  readonly heading: HTMLElement
  readonly nav: HTMLElement
  readonly grid: HTMLElement
  readonly list: HTMLElement
  readonly addLink: HTMLElement
  readonly search: HTMLElement
  /** Where FullCalendar draws. */
  readonly mount: HTMLElement
  readonly reminders: HTMLElement
  /** Says something in the page's status line, which is read out. */
  readonly say: (text: string) => void
}

/** Finds them; null on a page that has no month. */
export function readPlace(): Place | null {
  const find = (selector: string): HTMLElement | null => document.querySelector<HTMLElement>(selector)
  const [card, heading, grid, list] = [find("[data-base]"), find("#month"), find("#grid"), find("#month-list")]
  const [addLink, search, status] = [find("[data-new]"), find("form.search input"), find("#status")]
  const nav = addLink?.closest<HTMLElement>("nav")
  if (!card || !heading || !grid || !list || !addLink || !nav || !search || !status) return null
  const reminders = element("div", { id: "reminders", role: "alert" })
  document.body.append(reminders)
  return {
    base: card.dataset["base"] ?? "",
    day: card.dataset["day"] ?? "",
    title: heading.textContent,
    heading,
    nav,
    grid,
    list,
    addLink,
    search,
    mount: element("div", { id: "view" }),
    reminders,
    say: (text) => void (status.textContent = text)
  }
}
