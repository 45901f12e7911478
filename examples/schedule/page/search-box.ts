/** What the search finds, under its field, while one types. Enter goes to the page of the search, as without any script. */

const WAIT_MS = 150
const MOST_SHOWN = 8

/** What is read of an answer; anything else is as if nothing was found. */
interface Found {
  readonly id: string
  readonly title: string
  readonly date: string
  readonly start: string
}

/** Begins on the page's search field. `say` tells what did not work. */
export function searchAsYouType(say: (text: string) => void): void {
  const form = document.querySelector<HTMLFormElement>("form.search")
  const field = form?.querySelector("input")
  if (!form || !field) return
  const base = new URL(form.action, document.baseURI).pathname.replace(/\/search\/$/, "")
  const list = document.createElement("ul")
  Object.assign(list, { className: "found", hidden: true })
  form.append(list)
  let timer = 0
  let asked = 0
  const show = async (): Promise<void> => {
    const number = ++asked
    const query = field.value.trim()
    const found = query === "" ? [] : await search(base, query)
    // An answer that was overtaken by a later one is not shown.
    if (number !== asked) return
    list.replaceChildren(...found.slice(0, MOST_SHOWN).map((event) => item(base, event)))
    if (query !== "" && found.length === 0)
      list.append(Object.assign(document.createElement("li"), { textContent: "Nothing found" }))
    list.hidden = query === ""
  }
  field.addEventListener("input", () => {
    clearTimeout(timer)
    timer = setTimeout(
      () => show().catch((cause: unknown) => say(`The search does not work: ${String(cause)}`)),
      WAIT_MS
    )
  })
  form.addEventListener("keydown", (event) => byKey(event, list, field))
  form.addEventListener("focusout", ({ relatedTarget }) => {
    if (!(relatedTarget instanceof Node && form.contains(relatedTarget))) list.hidden = true
  })
}

async function search(base: string, query: string): Promise<readonly Found[]> {
  const answer = await fetch(`${base}/api/search?q=${encodeURIComponent(query)}`)
  if (!answer.ok) throw new Error(`${answer.status}`)
  const { events } = (await answer.json()) as { events: readonly Found[] } // our own API; only texts are taken from it
  return events
}

function item(base: string, { id, title, date, start }: Found): HTMLLIElement {
  const link = document.createElement("a")
  link.href = `${base}/events/${encodeURIComponent(id)}`
  link.append(
    title,
    Object.assign(document.createElement("span"), { className: "soft", textContent: ` ${date} ${start}` })
  )
  const made = document.createElement("li")
  made.append(link)
  return made
}

/** Arrows go from the field through what was found and back; Escape closes. */
function byKey(event: KeyboardEvent, list: HTMLElement, field: HTMLElement): void {
  if (event.key === "Escape") {
    list.hidden = true
    field.focus()
    return
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step === undefined || list.hidden) return
  event.preventDefault()
  const stops = [field, ...list.querySelectorAll("a")]
  const at = stops.findIndex((stop) => stop === document.activeElement)
  stops[(at + step + stops.length) % stops.length]?.focus()
}
