/** @jsxRuntime automatic @jsxImportSource preact */
/** What the server would not have and lies here for its author: why, and what he may do with it. Keeps SPEC rules CLI-34, CLI-35. */
import { useState } from "preact/hooks"
import type { AsideAct, AsideLot, AsideReply } from "../platform/aside-lot.ts"
import { useTold } from "./use-told.ts"

/** Does something with a lot; an export's JSON is handed to the person by whoever gives this. */
export type OnAside = (act: AsideAct, id: number) => Promise<AsideReply>

const countText = ({ changes, redone }: AsideLot): string => {
  const all = `${changes} ${changes === 1 ? "change" : "changes"}`
  return redone === 0 ? all : `${all}, ${redone} done again`
}

const Lot = ({ lot, onAside }: { readonly lot: AsideLot; readonly onAside: OnAside }) => {
  const { told, run } = useTold()
  const [isSure, setSure] = useState(false)
  const act = (wish: AsideAct): void =>
    run(async () => {
      const reply = await onAside(wish, lot.id)
      return reply.ok && wish === "export" ? { ok: true, text: "Saved as a file." } : reply
    })
  return (
    <li data-aside={lot.id}>
      <p>
        {lot.document}: {countText(lot)}, {new Date(lot.at).toLocaleString()}
        <br />
        {lot.reason}
      </p>
      <button type="button" onClick={() => act("export")}>
        Save as a file
      </button>{" "}
      <button type="button" onClick={() => act("retry")}>
        Try again
      </button>{" "}
      <button type="button" onClick={() => (isSure ? act("discard") : setSure(true))}>
        {isSure ? "Really discard for good" : "Discard…"}
      </button>
      {told !== "" && <p role="status">{told}</p>}
    </li>
  )
}

export const AsideList = ({ lots, onAside }: { readonly lots: readonly AsideLot[]; readonly onAside: OnAside }) =>
  lots.length === 0 ? null : (
    <section class="aside">
      <p class="headline">Not taken by the server, kept for you here</p>
      <ul>
        {lots.map((lot) => (
          <Lot key={lot.id} lot={lot} onAside={onAside} />
        ))}
      </ul>
    </section>
  )
