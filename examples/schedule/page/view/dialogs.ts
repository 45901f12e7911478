/** What the view asks people: which times of a series they mean, and what a new event is called. Native dialogs, closed by Escape. */
import type { Scope } from "./api.ts"
import { element } from "./element.ts"

const SCOPES: readonly (readonly [Scope, string])[] = [
  ["one", "Only this time"],
  ["following", "This and all following"],
  ["all", "All times"]
]

/** Asks which times of a series are meant; null when nothing is to be done after all. */
export async function askScope(title: string, verb: string): Promise<Scope | null> {
  const buttons = SCOPES.map(([value, text], index) =>
    element("button", { value, className: index === 0 ? "main-action" : "" }, text)
  )
  const answer = await ask(`${verb} “${title}”`, [
    element("p", {}, "This event repeats."),
    element("div", { className: "stacked" }, ...buttons)
  ])
  return SCOPES.find(([value]) => value === answer?.value)?.[0] ?? null
}

/** What somebody wants to add. */
export interface NewEvent {
  readonly title: string
  readonly calendar: string
  /** More is to be said about it, on its own page. */
  readonly more: boolean
}

/** Asks for the title of a new event; null when it is not wanted after all. `calendars` are the ones to choose from. */
export async function askTitle(
  when: string,
  calendars: readonly (readonly [string, string])[]
): Promise<NewEvent | null> {
  const title = element("input", { name: "title", maxLength: 200, autocomplete: "off" })
  const choice = element("select", { name: "calendar" }, ...calendars.map(([value, text]) => new Option(text, value)))
  const answer = await ask("New event", [
    element("p", {}, when),
    element("label", {}, "Title", title),
    ...(calendars.length > 1 ? [element("label", {}, "Calendar", choice)] : []),
    element(
      "div",
      { className: "row" },
      element("button", { value: "add", className: "main-action" }, "Add"),
      element("button", { value: "more" }, "More details")
    )
  ])
  if (!answer || (answer.value === "add" && title.value.trim() === "")) return null
  return { title: title.value.trim(), calendar: choice.value, more: answer.value === "more" }
}

/** The keys that the view knows. */
export async function showKeys(keys: readonly (readonly [string, string])[]): Promise<void> {
  const rows = keys.flatMap(([key, what]) => [element("dt", {}, element("kbd", {}, key)), element("dd", {}, what)])
  await ask("Keys", [element("dl", { className: "keys" }, ...rows)])
}

let opened = 0

/** Shows a dialog until a button or Escape closes it; the button that closed it, null for none. */
function ask(heading: string, content: readonly HTMLElement[]): Promise<{ readonly value: string } | null> {
  const id = `dialog-${++opened}`
  const form = element(
    "form",
    { method: "dialog" },
    element("h2", { id }, heading),
    ...content,
    element("button", { className: "close", value: "", formNoValidate: true, ariaLabel: "Close" }, "×")
  )
  const dialog = element("dialog", { className: "ask" }, form)
  dialog.setAttribute("aria-labelledby", id)
  document.body.append(dialog)
  const { promise, resolve } = Promise.withResolvers<{ readonly value: string } | null>()
  let pressed: string | null = null
  // A sandboxed frame may have no returnValue of a form that was not sent: the button is what counts.
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    pressed = event.submitter instanceof HTMLButtonElement ? event.submitter.value : ""
    dialog.close()
  })
  dialog.addEventListener("close", () => {
    dialog.remove()
    resolve(pressed === null || pressed === "" ? null : { value: pressed })
  })
  dialog.showModal()
  form.querySelector<HTMLElement>("input, button")?.focus()
  return promise
}
