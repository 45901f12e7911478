/**
 * Navigations of a local page. Its `<base>` makes every link and form point at the real URL; those of the same origin are led to
 * `/~<name>/…`, where the service worker answers them, as native navigations with a history of their own. The rest is the shell's; so is
 * `location` set by script, which nothing can see here (an opaque origin has no navigate events). Keeps SPEC rule ROU-9.
 */
import type { LocalUp } from "../../shared/protocol/page-bridge.ts"

/** `chrome-extension://<id>/~<name>` of this page; fixed, whatever the page does to its base. */
const LOCAL_PREFIX = /^[^:]+:\/\/[^/]+\/~[^/]+/.exec(location.href)?.[0] ?? location.href

const sameDocument = (url: URL, here: URL): boolean =>
  url.hash !== "" && url.pathname === here.pathname && url.search === here.search

/** @param tell posts to the shell */
export const keepNavigationsLocal = (tell: (message: LocalUp) => void): void => {
  const realOrigin = (): string => new URL(document.baseURI).origin
  const local = (url: URL): string | null =>
    url.origin === realOrigin() ? LOCAL_PREFIX + url.pathname + url.search + url.hash : null

  const real = (): string => realOrigin() + location.href.slice(LOCAL_PREFIX.length)
  const at = (): void => tell({ type: "at", url: real(), title: document.title.slice(0, 1000) })

  const go = (url: URL): void => {
    const here = new URL(real())
    const target = local(url)
    if (target === null) return tell({ type: "leave", url: url.href, newTab: false })
    if (sameDocument(url, here)) location.hash = url.hash
    else location.assign(target)
  }

  const onClick = (event: MouseEvent): void => {
    const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement)
    if (event.defaultPrevented || event.button !== 0 || link === undefined || link.href === "") return
    const url = new URL(link.href)
    if (!/^https?:$/.test(url.protocol) || link.hasAttribute("download")) return
    event.preventDefault()
    const newTab = link.target === "_blank" || event.ctrlKey || event.metaKey || event.shiftKey
    if (newTab) tell({ type: "leave", url: url.href, newTab })
    else go(url)
  }

  const onSubmit = (event: SubmitEvent): void => {
    if (event.defaultPrevented || !(event.target instanceof HTMLFormElement)) return
    aimLocally(event.target, event.submitter)
  }

  /** Points the form at its local address while the browser reads it. */
  const aimLocally = (form: HTMLFormElement, submitter: HTMLElement | null): void => {
    const element = submitter?.hasAttribute("formaction") === true ? submitter : form
    const attribute = element === form ? "action" : "formaction"
    const before = element.getAttribute(attribute)
    const target = local(new URL(before ?? real(), document.baseURI))
    if (target === null) return
    element.setAttribute(attribute, target)
    setTimeout(
      () => (before === null ? element.removeAttribute(attribute) : element.setAttribute(attribute, before)),
      0
    )
  }

  const nativeSubmit = HTMLFormElement.prototype.submit
  HTMLFormElement.prototype.submit = function submit(this: HTMLFormElement): void {
    aimLocally(this, null)
    nativeSubmit.call(this)
  }

  // The page's own listeners come first and may prevent the default: these sit last on the way up.
  window.addEventListener("click", onClick)
  window.addEventListener("submit", onSubmit)
  window.addEventListener("hashchange", at)
  document.addEventListener("DOMContentLoaded", () => {
    at()
    new MutationObserver(at).observe(document.head, { subtree: true, childList: true, characterData: true })
  })
  window.addEventListener("pageshow", at)
}
