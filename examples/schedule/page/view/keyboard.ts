/** The view by keyboard. Letters count only while nobody writes in a field; those with Alt are about the event that has the focus. */

/** What keys do. */
export interface KeyActions {
  readonly go: (where: "prev" | "next" | "today") => void
  readonly view: (letter: string) => void
  readonly add: () => void
  readonly search: () => void
  readonly undo: () => void
  readonly redo: () => void
  readonly keys: () => void
  /** The address of the event that had the focus when the view was drawn anew; null when somebody put the focus elsewhere. */
  readonly lastFocus: () => string | null
  /** Moves the event at this address by days and minutes, or draws its end. */
  readonly move: (address: string, by: { readonly days: number; readonly minutes: number }, endOnly: boolean) => void
  readonly remove: (address: string) => void
}

/** For people. */
export const KEYS: readonly (readonly [key: string, what: string])[] = [
  ["n", "New event"],
  ["/", "Search"],
  ["t", "Today"],
  ["j / k", "Next / previous"],
  ["m w d l", "Month, week, day, list"],
  ["Ctrl+Z", "Undo"],
  ["Ctrl+Y", "Redo"],
  ["Alt+arrows", "Move the event: a day, or a quarter of an hour (a week in the month)"],
  ["Alt+Shift+↑↓←→", "Let the event end earlier or later"],
  ["Delete", "Delete the event"],
  ["?", "This list"]
]

const STEPS: Readonly<Record<string, readonly [days: number, quarters: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1]
}

/** Listens; gives the way to stop. `hasTimes` says whether the view shows hours. */
export function listenToKeys(view: HTMLElement, actions: KeyActions, hasTimes: () => boolean): () => void {
  const plain: Readonly<Record<string, () => void>> = {
    n: actions.add,
    "/": actions.search,
    t: () => actions.go("today"),
    j: () => actions.go("next"),
    k: () => actions.go("prev"),
    "?": actions.keys
  }
  const onEvent = (event: KeyboardEvent, address: string): boolean => {
    if (event.key === "Delete") {
      actions.remove(address)
      return true
    }
    const step = event.altKey ? STEPS[event.key] : undefined
    if (!step) return false
    const [days, quarters] = step
    const by = hasTimes() ? { days, minutes: quarters * 15 } : { days: days + quarters * 7, minutes: 0 }
    actions.move(address, by, event.shiftKey)
    return true
  }
  const listen = (event: KeyboardEvent): void => {
    const { target, key } = event
    if (!(target instanceof HTMLElement) || target.matches("input, textarea, select, dialog *")) return
    const isLost = target === document.body
    const link = isLost
      ? actions.lastFocus()
      : view.contains(target)
        ? target.closest("a[href]")?.getAttribute("href")
        : null
    const isDone =
      (link && onEvent(event, link)) || (event.ctrlKey || event.metaKey ? withControl(key, actions) : letter(event))
    if (isDone) event.preventDefault()
  }
  const letter = ({ key, altKey }: KeyboardEvent): boolean => {
    if (altKey) return false
    if ("mwdl".includes(key) && key.length === 1) actions.view(key)
    else if (plain[key]) plain[key]()
    else return false
    return true
  }
  document.addEventListener("keydown", listen)
  return () => document.removeEventListener("keydown", listen)
}

function withControl(key: string, actions: KeyActions): boolean {
  if (key === "z") actions.undo()
  else if (key === "y" || key === "Z") actions.redo()
  else return false
  return true
}
