/**
 * A frame's `srcdoc` in the text of a local page, which no content security policy stops: what it shows runs no script, as its text begins with a
 * policy that says so. Text alone is looked at, whatever it is part of, since only the browser's own parser knows what it will be: an attribute's
 * name is never written otherwise than letter by letter. A page may have changed every prototype before this runs. Keeps SPEC rule CLI-39.
 */

/** What begins the text of every `srcdoc`. */
export const FRAME_GUARD = `<meta http-equiv="content-security-policy" content="script-src 'none'">`

/** The same as (the beginning of) an attribute's value, quoted either way or not at all. */
const GUARD_VALUE =
  "&lt;meta&#32;http-equiv&#61;&quot;content-security-policy&quot;&#32;content&#61;&quot;script-src&#32;&#39;none&#39;&quot;&gt;"

/** Between name and `=` it ends the attribute in HTML and in XML, and is a comment in a script. */
const CUT = "/**/"

const { apply } = Reflect
const { exec } = RegExp.prototype
const { slice, lastIndexOf } = String.prototype

const NAME_LENGTH = "srcdoc".length
const NAMED = /srcdoc[\t\n\f\r ]*=[\t\n\f\r ]*["']?/gi
const FRAME_TAG = /^<iframe[\t\n\f\r /]/i
const FRAME_TAG_LENGTH = "<iframe ".length
/** The text ends in what may be the beginning of the name, or the name without its value. */
const UNFINISHED = /(?:^|[\t\n\f\r /"'])s(?:r(?:c(?:d(?:o(c[\t\n\f\r ]*)?)?)?)?)?$/i

const part = (text: string, from: number, to: number): string => apply(slice, text, [from, to])

/** True when the nearest `<` before `at` begins a frame's tag: there a guard does least harm, and elsewhere (in scripts) a cut. */
const isInFrameTag = (text: string, at: number): boolean => {
  const from = apply(lastIndexOf, text, ["<", at])
  return from >= 0 && apply(exec, FRAME_TAG, [part(text, from, from + FRAME_TAG_LENGTH)]) !== null
}

/** The HTML with every `srcdoc="…"` guarded or cut. */
export const guardFrames = (html: string): string => {
  let guarded = ""
  let from = 0
  NAMED.lastIndex = 0
  for (let found = apply(exec, NAMED, [html]); found !== null; found = apply(exec, NAMED, [html])) {
    const name = found.index + NAME_LENGTH
    const end = found.index + found[0].length
    guarded += isInFrameTag(html, found.index)
      ? part(html, from, end) + GUARD_VALUE
      : part(html, from, name) + CUT + part(html, name, end)
    from = end
  }
  return from === 0 ? html : guarded + part(html, from, html.length)
}

/** A piece of HTML after which another may come (`document.write`): no name of an attribute goes on in the next one. */
export const guardPiece = (html: string): string => {
  const guarded = guardFrames(html)
  const unfinished = apply(exec, UNFINISHED, [guarded])
  if (unfinished === null) return guarded
  return guarded + (unfinished[1] === undefined ? " " : "/")
}

/** The text of a frame's document. */
export const guardDocument = (text: string): string =>
  text === "" || part(text, 0, FRAME_GUARD.length) === FRAME_GUARD ? text : FRAME_GUARD + text
