/** Puts a page of the extension together: without React in the project Plasmo mounts nothing, it leaves an element for it. */
import { render, type ComponentChild } from "preact"

/** Shows `page` as the whole of this document, which is in English. */
export const mount = (page: ComponentChild): void => {
  document.documentElement.lang = "en"
  const place = document.getElementById("__plasmo")
  if (place !== null) render(page, place)
}
