/**
 * A text in which several people write at once: Yjs' own, so what each of them types stays where he typed it. Keeps APP-52
 * (its root type is made from names of the app's code and a record's id, and is never nested under a key) and APP-53 (a change leaves
 * no half of a character behind).
 *
 * Its writes have no write id: a repeat is known by the marker of its request's key (APP-38), and one that may have been done on the other
 * side waits until that side's last state is here (APP-54). The platform sees to both.
 */
import type * as Y from "yjs"
import { isRecordId } from "./record-entry.ts"
import { changeAfter, changeBetween, endOfCharacter, startOfCharacter, type TextChange } from "./text-change.ts"

/**
 * The text of that name, or that text of one record (`id`), such as the notes of an event. `name` is a name from the app's code,
 * never from a request; ask only for records that are there.
 *
 *     const notes = sharedText(context.doc, "notes", eventId)
 *     notes.insert(0, "Bring cups. ")
 *     notes.read()
 */
export function sharedText(doc: Y.Doc, name: string, id?: string): SharedText {
  if (id !== undefined && !isRecordId(id)) throw new TypeError(`${JSON.stringify(id)} cannot be the id of a record`)
  return new SharedText(doc.getText(id === undefined ? `text:${name}` : `text:${name}/${id}`))
}

export class SharedText {
  readonly #text: Y.Text

  constructor(text: Y.Text) {
    this.#text = text
  }

  /** The whole text. */
  read(): string {
    return this.#text.toJSON()
  }

  /** Puts a piece in; `at` counts UTF-16 units, as strings do. A place inside of a character is moved to its beginning. */
  insert(at: number, piece: string): void {
    this.#make([{ at: startOfCharacter(this.read(), at), removed: 0, piece }])
  }

  /** Takes out what lies from `from` up to `to`: whole characters, also those that are touched. */
  remove(from: number, to: number): void {
    const text = this.read()
    const at = startOfCharacter(text, from)
    this.#make([{ at, removed: Math.max(0, endOfCharacter(text, to) - at), piece: "" }])
  }

  /**
   * Makes `next` of what its author saw (`seen`): for a form that sends the whole text. The one smallest change between the two is made, so
   * what others wrote since the form was shown stays.
   */
  write(seen: string, next: string): void {
    const change = changeBetween(seen, next)
    const text = this.read()
    this.#make(text === seen ? [change] : changeAfter(change, changeBetween(seen, text)))
  }

  #make(changes: readonly TextChange[]): void {
    const make = (): void => {
      for (const { at, removed, piece } of changes) {
        if (removed > 0) this.#text.delete(at, removed)
        if (piece !== "") this.#text.insert(at, piece)
      }
    }
    if (this.#text.doc) this.#text.doc.transact(make)
    else make()
  }
}
