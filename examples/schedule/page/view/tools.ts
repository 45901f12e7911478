/** The bar over the view: which view, which calendars, whose clocks, undo and redo. */
import { element } from "./element.ts"
import { nameOf, type Shown } from "./sources.ts"

/** The views that people choose from; the key of each is its first letter. */
export const VIEWS: readonly (readonly [type: string, name: string])[] = [
  ["dayGridMonth", "Month"],
  ["timeGridWeek", "Week"],
  ["timeGridDay", "Day"],
  ["listMonth", "List"]
]

/** What the bar asks for. */
export interface ToolActions {
  readonly view: (type: string) => void
  readonly zone: (name: string) => void
  readonly hide: (calendar: string, isHidden: boolean) => void
  readonly undo: () => void
  readonly redo: () => void
  readonly keys: () => void
}

export class Tools {
  readonly element = element("div", { className: "tools" })
  readonly #actions: ToolActions
  readonly #views: ReadonlyMap<string, HTMLButtonElement>
  readonly #calendars = element("div", { role: "group", ariaLabel: "Calendars shown" })
  #listed = ""

  constructor(actions: ToolActions) {
    this.#actions = actions
    const button = (text: string, click: () => void): HTMLButtonElement => {
      const made = element("button", { type: "button" }, text)
      made.addEventListener("click", click)
      return made
    }
    this.#views = new Map(VIEWS.map(([type, name]) => [type, button(name, () => actions.view(type))]))
    const views = element("div", { role: "group", ariaLabel: "View" }, ...this.#views.values())
    const history = element(
      "div",
      { role: "group", ariaLabel: "Changes" },
      button("Undo", actions.undo),
      button("Redo", actions.redo),
      button("Keys", actions.keys)
    )
    this.element.append(views, history, this.#calendars, zoneField(actions.zone))
  }

  /** Marks the view that is shown. */
  showView(type: string): void {
    for (const [known, button] of this.#views) button.ariaPressed = String(known === type)
  }

  /** One box for each calendar, where there is more than one. */
  showCalendars(calendars: readonly Shown[], hidden: ReadonlySet<string>): void {
    const listed = JSON.stringify(calendars)
    if (listed === this.#listed) return
    this.#listed = listed
    const boxes = calendars.map((shown) => {
      const name = nameOf(shown)
      const box = element("input", { type: "checkbox", checked: !hidden.has(name) })
      box.addEventListener("change", () => this.#actions.hide(name, !box.checked))
      return element("label", { className: shown.info.colour }, box, shown.info.name)
    })
    this.#calendars.replaceChildren(...(calendars.length > 1 ? boxes : []))
  }
}

/** Whose clocks the view shows: this computer's first. */
function zoneField(choose: (name: string) => void): HTMLElement {
  const zones = ["UTC", ...Intl.supportedValuesOf("timeZone")]
  const field = element("select", {}, new Option("This computer", "local"), ...zones.map((name) => new Option(name)))
  field.addEventListener("change", () => choose(field.value))
  return element("label", {}, "Clocks of", field)
}
