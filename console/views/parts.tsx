/** Small parts that several views are made of. */
import type { ComponentChildren } from "preact"
import { useState } from "preact/hooks"
import { CallError } from "../platform/edge.ts"

export interface TableProps {
  readonly caption: string
  readonly head: readonly string[]
  readonly rows: readonly { readonly key: string; readonly cells: readonly ComponentChildren[] }[]
  readonly empty: string
}

/** More columns than this are no columns on a narrow screen: each row becomes a list of its cells. */
const COLUMNS_KEPT = 2

/** A table that scrolls sideways where it has no room. */
export const Table = ({ caption, head, rows, empty }: TableProps) =>
  rows.length === 0 ? (
    <p class="empty">{empty}</p>
  ) : (
    <div class="scrolls" tabIndex={0} role="region" aria-label={caption}>
      <table class={head.length > COLUMNS_KEPT ? "stacks" : ""}>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {head.map((text) => (
              <th key={text} scope="col">
                {text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells }) => (
            <tr key={key}>
              {cells.map((cell, index) => (
                <td key={head[index]} data-head={head[index]}>
                  <span>{cell}</span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )

/** What is wrong, if anything. */
export const Problem = ({ error }: { readonly error: CallError | null }) =>
  error === null ? null : (
    <p role="alert" class="problem">
      {error.fault === "not-allowed" ? "You are not signed in any more: open the console anew. " : ""}
      {error.message}
    </p>
  )

export interface ActionProps {
  readonly label: string
  readonly work: () => Promise<string>
  readonly kind?: "primary" | "danger"
  readonly disabled?: boolean
  /** Asked before it is done. */
  readonly sure?: string
}

/** A button that does something and says what came of it. */
export const Action = ({ label, work, kind, disabled, sure }: ActionProps) => {
  const [told, tell] = useState("")
  const [isBusy, setBusy] = useState(false)
  const [asks, setAsks] = useState(false)
  const act = async (): Promise<void> => {
    setAsks(false)
    setBusy(true)
    try {
      tell(await work())
    } catch (failure) {
      if (!(failure instanceof CallError)) throw failure
      tell(failure.message)
    } finally {
      setBusy(false)
    }
  }
  return (
    <span class="action">
      {asks ? (
        <span role="group" aria-label={sure}>
          {sure}{" "}
          <button type="button" class={kind ?? ""} onClick={() => void act()}>
            Yes, {label.toLowerCase()}
          </button>{" "}
          <button type="button" onClick={() => setAsks(false)}>
            No
          </button>
        </span>
      ) : (
        <button
          type="button"
          class={kind ?? ""}
          disabled={isBusy || disabled === true}
          onClick={() => (sure === undefined ? void act() : setAsks(true))}
        >
          {label}
        </button>
      )}
      <span role="status">{told}</span>
    </span>
  )
}
