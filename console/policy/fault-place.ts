/** Where in a JSON text the thing lies that a fault's path names: `client.rules.0.serve` -> the property `serve` there. */
import { ensureSyntaxTree } from "@codemirror/language"
import type { EditorState } from "@codemirror/state"
import type { SyntaxNode } from "@lezer/common"

export interface Place {
  readonly from: number
  readonly to: number
}

const PARSE_WITHIN_MS = 200
const VALUES = new Set(["Object", "Array", "String", "Number", "True", "False", "Null"])

const children = (node: SyntaxNode): readonly SyntaxNode[] => {
  const found: SyntaxNode[] = []
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child)
  return found
}

const valueOf = (node: SyntaxNode): SyntaxNode | undefined => children(node).find(({ name }) => VALUES.has(name))

/** The place of the deepest part of `path` that is there; the text's beginning when nothing is. */
export const placeOf = (state: EditorState, path: string): Place => {
  const tree = ensureSyntaxTree(state, state.doc.length, PARSE_WITHIN_MS)
  let node = tree === null ? undefined : valueOf(tree.topNode)
  let place: Place = { from: 0, to: Math.min(1, state.doc.length) }
  for (const step of path === "" ? [] : path.split(".")) {
    const found = node === undefined ? undefined : partOf(state, node, step)
    if (found === undefined) return place
    place = { from: found.from, to: found.to }
    node = found.name === "Property" ? valueOf(found) : found
  }
  return place
}

/** An object's property or an array's item by its name or number. */
const partOf = (state: EditorState, node: SyntaxNode, step: string): SyntaxNode | undefined => {
  if (node.name === "Array") return children(node).filter(({ name }) => VALUES.has(name))[Number(step)]
  return children(node).find((child) => {
    const name = child.name === "Property" ? child.getChild("PropertyName") : null
    return name !== null && state.sliceDoc(name.from, name.to) === JSON.stringify(step)
  })
}
