/**
 * The script that every page carries. Without it everything works by links and forms; with it the calendar follows the changes of
 * others, the quick form adds an event without leaving the page, the search shows what it finds while one types, and the month
 * becomes the view. The build puts it into the pages as text.
 */
import { newKey } from "./new-key.ts"
import { searchAsYouType } from "./search-box.ts"

function live(): void {
  const changes = document.documentElement.dataset["changes"]
  const status = document.querySelector("#status")
  const say = (text: string): void => {
    if (status) status.textContent = text
  }

  /** Puts what is there now in the place of what the page shows. It is a request of its own, without the page's token. */
  const refresh = async (): Promise<void> => {
    document.dispatchEvent(new CustomEvent("calendar-change"))
    const shown = document.querySelectorAll<HTMLElement>("[data-live]")
    if (shown.length === 0) return
    const address = new URL(document.baseURI)
    address.hash = ""
    address.searchParams.delete("token")
    const answer = await fetch(address, { headers: { accept: "text/html" } })
    if (!answer.ok) return
    const page = new DOMParser().parseFromString(await answer.text(), "text/html")
    for (const part of shown) {
      const fresh = page.querySelector<HTMLElement>(`[data-live="${part.dataset["live"] ?? ""}"]`)
      if (!fresh) continue
      const put = document.importNode(fresh, true)
      put.hidden = part.hidden
      part.replaceWith(put)
    }
  }

  /** The view that takes the month's place: fetched when the page has been painted, and as text, since a local page has no other way. */
  const loadView = async (file: string): Promise<void> => {
    const answer = await fetch(file)
    if (!answer.ok) throw new Error(`${file}: ${answer.status}`)
    const address = URL.createObjectURL(new Blob([await answer.text()], { type: "text/javascript" }))
    const view = (await import(address)) as { start(): void }
    URL.revokeObjectURL(address)
    view.start()
  }
  const viewFile = document.documentElement.dataset["view"]
  if (viewFile !== undefined && document.querySelector("#grid"))
    addEventListener("load", () =>
      requestAnimationFrame(() =>
        setTimeout(() => loadView(viewFile).catch((cause: unknown) => say(`The simple view stays: ${String(cause)}`)))
      )
    )

  const add = async (form: HTMLFormElement): Promise<void> => {
    const data = Object.fromEntries(new FormData(form))
    const answer = await fetch(form.dataset["api"] ?? "", {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": newKey() },
      body: JSON.stringify(data)
    })
    if (!answer.ok) return say(`Not added: ${await answer.text()}`)
    const title = form.elements.namedItem("title")
    if (title instanceof HTMLInputElement) {
      say(`Added: ${title.value}`)
      title.value = ""
    }
    await refresh()
  }

  searchAsYouType(say)
  fillZones()
  const failed = (cause: unknown): void => say(`That did not work: ${String(cause)}`)
  document.addEventListener("submit", (event) => {
    const form = event.target
    if (!(form instanceof HTMLFormElement) || form.dataset["api"] === undefined) return
    event.preventDefault()
    add(form).catch(failed)
  })
  if (changes === undefined || typeof EventSource === "undefined") return
  try {
    const source = new EventSource(changes)
    let isRefreshing = false
    let isStale = false
    /** One refresh at a time, and one more for all changes that came meanwhile. */
    const followAll = async (): Promise<void> => {
      isStale = true
      if (isRefreshing) return
      isRefreshing = true
      while (isStale) {
        isStale = false
        await refresh().catch(failed)
      }
      isRefreshing = false
    }
    const follow = (): void => {
      followAll().catch(failed)
    }
    source.addEventListener("change", follow)
    source.addEventListener("message", follow)
  } catch (cause) {
    document.documentElement.dataset["live"] = `off: ${String(cause)}`
  }
}

/** The names of zones, for a form that asks for one. */
function fillZones(): void {
  const zones = document.querySelector("#zones")
  zones?.append(...Intl.supportedValuesOf("timeZone").map((name) => new Option(name)))
}

live()
