/** The editor of standing policies: JSON, with every fault marked where it lies while one types. A chunk of its own, loaded with the view. */
import { json, jsonParseLinter } from "@codemirror/lang-json"
import { bracketMatching, HighlightStyle, syntaxHighlighting } from "@codemirror/language"
import { linter, lintGutter, type Diagnostic } from "@codemirror/lint"
import { EditorView, lineNumbers } from "@codemirror/view"
import { tags } from "@lezer/highlight"
import { minimalSetup } from "codemirror"
import { checkPolicies } from "../../shared/policy/standing-policies.ts"
import { placeOf } from "./fault-place.ts"

export interface PolicyEditor {
  readonly setText: (text: string) => void
  /** Shows where a path lies, and puts the cursor there. */
  readonly goTo: (path: string) => void
  readonly destroy: () => void
}

/** The page's own colours, light and dark. */
const COLOURS = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--accent)" },
  { tag: tags.string, color: "var(--good)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--warn)" }
])
const LOOKS = EditorView.theme({
  "&": { maxHeight: "28rem", background: "var(--card)", color: "var(--ink)" },
  "&.cm-focused": { outline: "3px solid var(--accent)" },
  ".cm-scroller": { font: "0.85rem/1.5 ui-monospace, monospace", overflow: "auto" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { background: "var(--ground)", color: "var(--soft)", borderColor: "var(--line)" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": {
    background: "color-mix(in srgb, var(--accent) 25%, transparent)"
  },
  ".cm-tooltip": { background: "var(--card)", color: "var(--ink)", borderColor: "var(--line)" }
})

/** Makes an editor in `parent`; `onText` hears of every change, and of the text at the beginning. */
export const makeEditor = (
  parent: HTMLElement,
  mount: string,
  text: string,
  onText: (text: string) => void
): PolicyEditor => {
  const parseErrors = jsonParseLinter()
  const diagnose = (view: EditorView): readonly Diagnostic[] => {
    const broken = parseErrors(view)
    if (broken.length > 0) return broken
    const check = checkPolicies(view.state.doc.toString(), mount)
    if (check.ok) return []
    return check.faults.map(({ path, text: message }) => ({ ...placeOf(view.state, path), severity: "error", message }))
  }
  // In a shadow root the editor's styles are sheets that script adopts; in the page they would be inline, which its policy forbids.
  const root = parent.shadowRoot ?? parent.attachShadow({ mode: "open" })
  const view = new EditorView({
    parent: root,
    root,
    doc: text,
    extensions: [
      minimalSetup,
      lineNumbers(),
      bracketMatching(),
      json(),
      syntaxHighlighting(COLOURS),
      LOOKS,
      linter(diagnose, { delay: 150 }),
      lintGutter(),
      EditorView.contentAttributes.of({ "aria-label": "Standing policies, JSON", "aria-multiline": "true" }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) onText(update.state.doc.toString())
      })
    ]
  })
  onText(text)
  return {
    setText: (next) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } }),
    goTo: (path) => {
      const { from, to } = placeOf(view.state, path)
      view.dispatch({ selection: { anchor: from, head: to }, scrollIntoView: true })
      view.focus()
    },
    destroy: () => view.destroy()
  }
}
